/**
 * Packages that a Python work function imports and the interpreter has not. They come as the official
 * worktime gets them (worker protocol §5.9): one module per package, which puts its file, in base64,
 * among the members of the global `DATA`.
 */
import { type Pyodide, type PyodideFiles, withFiles } from './interpreter.ts'
import { type LockedPackage, noModule, packagesOf, readLock } from './lock.ts'

export interface PackageSource {
  /** Loads a module and what it depends on. */
  readonly provide: (ids: readonly string[]) => Promise<void>
  readonly require: (id: string) => unknown
}

const bytesOf = (base64: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))

async function hashOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Runs the module of a package and takes what it brought. */
async function fetchPackage(
  { file_name: file, name, sha256 }: LockedPackage,
  version: string,
  source: PackageSource,
): Promise<Uint8Array> {
  const id = `pyodide-${version}-${name}/pyodide-${version}-${name}.js`
  const store: Record<string, unknown> = {}
  Object.defineProperty(globalThis, 'DATA', { value: store, configurable: true, writable: true })
  try {
    await source.provide([id])
    await (source.require(id) as { readyPromise?: unknown }).readyPromise
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown)
    throw noModule(`the Python package ${name} is not to be had here: ${reason}`)
  } finally {
    Reflect.deleteProperty(globalThis, 'DATA')
  }
  const content = store[file]
  if (typeof content !== 'string') throw noModule(`the module ${id} does not bring ${file}`)
  const bytes = bytesOf(content)
  if ((await hashOf(bytes)) === sha256) return bytes
  throw noModule(`the Python package ${name} is not the one that Pyodide ${version} was made for`)
}

/** @throws Error with code `ENOMODULE` that names what cannot be had. */
export async function installPackages(
  modules: readonly string[],
  { files, pyodide, source }: { files: PyodideFiles; pyodide: Pyodide; source: PackageSource },
): Promise<void> {
  const wanted = packagesOf(modules, readLock(files))
  const fetched = new Map<string, Uint8Array>()
  for (const one of wanted) {
    fetched.set(one.file_name, await fetchPackage(one, pyodide.version, source))
  }
  const failures: string[] = []
  await withFiles(fetched, () =>
    pyodide.loadPackage(
      wanted.map(({ name }) => name),
      {
        checkIntegrity: false,
        messageCallback: () => undefined,
        errorCallback: (message: string) => failures.push(message),
      },
    ),
  )
  if (failures.length > 0) throw noModule(failures.join('; '))
}
