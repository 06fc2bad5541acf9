export { createComputer } from './computer.ts'
export type { Computer, ComputerDeps, ComputerOptions } from './computer.ts'
export type { KeystorePaths } from './keystores.ts'
