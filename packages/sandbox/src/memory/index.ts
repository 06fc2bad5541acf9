export { createMemoryHost } from './memory-host.ts'
export type { MemoryHostOptions } from './memory-host.ts'
