/**
 * Packages that a Python work function imports and the interpreter has not. Pyodide's own list says
 * in which package a module would be, so that the error can name what is missing.
 */
import { fileOf, lockFile, type PyodideFiles } from './interpreter.ts'

interface Lock {
  readonly packages: Readonly<
    Record<string, { readonly name: string; readonly imports: readonly string[] }>
  >
}

/** @throws Error with code `ENOMODULE` when something is missing. */
export function assertImports(missing: readonly string[], files: PyodideFiles): void {
  if (missing.length === 0) return
  const text = new TextDecoder().decode(fileOf(files, lockFile))
  const { packages } = JSON.parse(text) as Lock
  const told = missing.map((module) => {
    const known = Object.values(packages).find(({ imports }) => imports.includes(module))
    return known === undefined ? `"${module}"` : `"${module}" (of the package ${known.name})`
  })
  const message =
    `the Python module ${told.join(', ')} is not there: work functions have the standard library, ` +
    'what their job brings as files, and no packages'
  throw Object.assign(new Error(message), { code: 'ENOMODULE' })
}
