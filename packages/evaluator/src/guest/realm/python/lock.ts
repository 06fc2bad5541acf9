/** Pyodide's own list of packages: which module is in which package, and what a package needs. */
import { fileOf, lockFile, type PyodideFiles } from './interpreter.ts'

export interface LockedPackage {
  readonly name: string
  readonly file_name: string
  readonly sha256: string
  readonly imports: readonly string[]
  readonly depends: readonly string[]
}

export interface Lock {
  readonly packages: Readonly<Record<string, LockedPackage>>
}

export function readLock(files: PyodideFiles): Lock {
  return JSON.parse(new TextDecoder().decode(fileOf(files, lockFile))) as Lock
}

export function noModule(message: string): Error {
  return Object.assign(new Error(message), { code: 'ENOMODULE' })
}

/**
 * The packages of these modules with all that they need, each after what it needs.
 * @throws Error with code `ENOMODULE` naming the modules that are in no package.
 */
export function packagesOf(
  modules: readonly string[],
  { packages }: Lock,
): readonly LockedPackage[] {
  const all = Object.values(packages)
  const found = modules.map((module) => all.find(({ imports }) => imports.includes(module)))
  const unknown = modules.filter((_module, index) => found[index] === undefined)
  if (unknown.length > 0) {
    const names = unknown.map((name) => `"${name}"`).join(', ')
    throw noModule(
      `there is no Python module ${names}: it is neither in the standard library nor among the files of the job nor in a package for Pyodide`,
    )
  }
  const ordered = new Set<LockedPackage>()
  const visit = (one: LockedPackage | undefined): void => {
    if (one === undefined || ordered.has(one)) return
    for (const name of one.depends) visit(packages[name])
    ordered.add(one)
  }
  for (const one of found) visit(one)
  return [...ordered]
}
