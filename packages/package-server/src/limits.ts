/** Every limit of the package server; past a limit there is a documented error. */

/** Characters of one file. */
export const fileMax: number = 32 * 1024 * 1024
/** Characters of all files of one version. */
export const packageMax: number = 48 * 1024 * 1024
/** Versions of one package. */
export const versionsMax = 1000
/** Packages in one page of `listModules`. */
export const pageMax = 1000
export const pageDefault = 100
/** Characters of the sources in one answer of `fetchModule`. */
export const sourcesMax: number = 48 * 1024 * 1024
/** How long a file may be kept by who fetched it, seconds: a version never changes. */
export const fileMaxAgeSeconds = 31_536_000
