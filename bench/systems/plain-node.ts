import type { System } from '../system.ts'
import { runningSystem, startPeer } from './programs.ts'

/** The ideal of case C1: the loop itself on both cores, with nothing around it. */
export const plainNode: System = {
  name: 'plain Node (the ideal)',
  durability: 'none',
  unavailable: () => undefined,
  start: async () => runningSystem(await startPeer('plain-node.mjs'), []),
}
