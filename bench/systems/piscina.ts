import type { System } from '../system.ts'
import { runningSystem, startPeer } from './programs.ts'

/** Threads of the submitting process: the ceiling for what crosses a socket. */
export const piscina: System = {
  name: 'piscina',
  durability: 'none (threads of one process)',
  unavailable: () => undefined,
  start: async ({ prefetch }) => runningSystem(await startPeer('piscina.mjs', `${prefetch}`), []),
}
