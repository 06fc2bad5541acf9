/** Keeps a worker's leases alive and tells it which of them are not its any more. */
import { subtractSliceSet } from '@manyhands/protocol'
import type { SliceSet } from '@manyhands/protocol'
import { leaseInTransitMs } from '../limits.ts'
import type { Turn } from '../turn.ts'
import { hearWorker } from './hear.ts'
import type { Word } from './hear.ts'
import type { LiveWorker } from './live-workers.ts'
import { reissue, settleSlices, voidLease } from './release.ts'

export interface Pulse {
  readonly void: string[]
  /** When its leases end without another word, milliseconds since 1970. */
  readonly deadline: number
}

/** `held`: the leases the worker knows of. One it never got was lost on the way and is issued again. */
export function heartbeat(turn: Turn, word: Word, held: readonly string[]): Pulse {
  const worker = hearWorker(turn, word)
  const names = new Set(held)
  for (const lease of worker.leases) {
    const isOld = turn.now - lease.issued > leaseInTransitMs
    // What an earlier process of the scheduler sent has arrived, or never will.
    if ((isOld || lease.stored) && !names.has(lease.id))
      voidLease(turn, lease, 'the worker does not know of it')
  }
  const voided = held.filter((id) => turn.jobs.leases.get(id)?.worker !== worker.key)
  return { void: voided, deadline: turn.now + worker.leaseMs }
}

/**
 * An official worker lists the slices it holds, by job: what else is booked to it was lost on the way
 * or in it, and is issued again.
 */
export function takeInventory(
  turn: Turn,
  worker: LiveWorker,
  held: ReadonlyMap<number, SliceSet>,
): void {
  for (const lease of worker.leases) {
    if (turn.now - lease.issued <= leaseInTransitMs) continue
    const lost = subtractSliceSet(lease.open, held.get(lease.job.no) ?? [])
    if (lost.length === 0) continue
    settleSlices(turn, lease, lost)
    reissue(turn, lease.job, lost, { reason: 'the worker does not hold it' })
  }
}
