import type { System } from '../system.ts'
import { bullmqAlways, bullmqEverySecond, bullmqInMemory } from './bullmq.ts'
import { manyhands } from './manyhands.ts'
import { nats } from './nats.ts'
import { piscina } from './piscina.ts'

/** Ours first, then its peers. */
export const allSystems: readonly System[] = [
  manyhands,
  piscina,
  nats,
  bullmqInMemory,
  bullmqEverySecond,
  bullmqAlways,
]
