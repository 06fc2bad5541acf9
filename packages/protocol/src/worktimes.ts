/**
 * The worktimes of the protocol: what a work function is written in, and the version of the contract
 * between it and its sandbox. Jobs name a range of versions; sandboxes say which they have.
 */
export interface Worktime {
  readonly name: string
  readonly version: string
}

/** Work functions in JavaScript. */
export const mapBasic: Worktime = { name: 'map-basic', version: '1.0.0' }

/** Work functions in Python. */
export const pyodide: Worktime = { name: 'pyodide', version: '0.28.0' }

/** All of them. */
export const worktimes: readonly Worktime[] = [mapBasic, pyodide]

/** The range of versions that a job asks for which names no range; undefined for an unknown worktime. */
export function usualRange(name: string): string | undefined {
  const known = worktimes.find((worktime) => worktime.name === name)
  return known === undefined ? undefined : `^${known.version}`
}
