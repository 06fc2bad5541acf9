/** Ends leases before their work is done: what they still owe is issued again. */
import { subtractSliceSet, unionSliceSet } from '@manyhands/protocol'
import type { SliceSet } from '@manyhands/protocol'
import type { LiveJob, LiveLease } from '../jobs/live-job.ts'
import type { Turn } from '../turn.ts'
import { endLease, insertHole, writeOpen } from './leases-store.ts'
import type { LiveWorker } from './live-workers.ts'

export interface Reissue {
  readonly reason: string
  readonly attempts?: number
  readonly notBefore?: number
  readonly excluded?: readonly string[]
}

/** Voids a lease; its open slices go to the next worker that asks. */
export function voidLease(turn: Turn, lease: LiveLease, reason: string): void {
  const owed = lease.open
  dropLease(turn, lease)
  const held = heldElsewhere(lease)
  const missing = held === undefined ? owed : subtractSliceSet(owed, held)
  reissue(turn, lease.job, missing, { reason })
}

/** Voids every lease of a worker, or those of its earlier lives. */
export function voidLeasesOf(
  turn: Turn,
  worker: LiveWorker,
  reason: string,
  keepIncarnation?: string,
): void {
  for (const lease of worker.leases) {
    if (lease.incarnation !== keepIncarnation) voidLease(turn, lease, reason)
  }
}

/** Ends a lease without issuing anything again. */
function dropLease(turn: Turn, lease: LiveLease): void {
  endLease(turn.tx, lease, turn.now)
  turn.jobs.removeLease(lease)
  turn.workers.get(lease.worker)?.leases.delete(lease)
}

/** Takes slices out of what a lease owes; the lease ends with the last one. */
export function settleSlices(turn: Turn, lease: LiveLease, slices: SliceSet): void {
  lease.open = subtractSliceSet(lease.open, slices)
  lease.touched = turn.now
  if (lease.open.length === 0) dropLease(turn, lease)
  else writeOpen(turn.tx, lease)
}

/** Puts slices among those to be issued again. */
export function reissue(turn: Turn, job: LiveJob, slices: SliceSet, how: Reissue): void {
  if (slices.length === 0) return
  const hole = insertHole(turn.tx, job, {
    slices,
    reason: how.reason,
    attempts: how.attempts ?? 0,
    notBefore: how.notBefore ?? turn.now,
    excluded: how.excluded ?? [],
  })
  job.holes.set(hole.id, hole)
  turn.jobs.touch(job)
  turn.after.work = true
}

/** Slices of a lease that another worker holds as well. */
export function heldElsewhere(lease: LiveLease): SliceSet | undefined {
  if (lease.copied.length === 0 && lease.kind !== 'speculative') return undefined
  let held: SliceSet | undefined
  for (const other of lease.job.leases.values()) {
    if (other !== lease) held = held === undefined ? other.open : unionSliceSet(held, other.open)
  }
  return held
}
