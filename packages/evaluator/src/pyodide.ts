/** Finds the files of Pyodide, which npm installed, for whoever sends them to a sandbox. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** All that an interpreter with the standard library is made of. */
const names = [
  'pyodide.js',
  'pyodide.asm.js',
  'pyodide.asm.wasm',
  'python_stdlib.zip',
  'pyodide-lock.json',
]

/** Where it is; undefined when it is not installed. */
function findFolder(): string | undefined {
  const require = createRequire(import.meta.url)
  try {
    return dirname(require.resolve('pyodide/package.json'))
  } catch {
    return undefined
  }
}

export interface PyodideInstallation {
  /** Reads the files, by name. */
  read(): Promise<ReadonlyMap<string, Uint8Array>>
}

/** Undefined when the package `pyodide` is not installed: there is no Python then. */
export function findPyodide(): PyodideInstallation | undefined {
  const folder = findFolder()
  if (folder === undefined) return undefined
  return {
    async read() {
      const files = names.map(async (name) => [name, await readFile(join(folder, name))] as const)
      return new Map(await Promise.all(files))
    },
  }
}
