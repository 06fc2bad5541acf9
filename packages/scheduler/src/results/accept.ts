/**
 * Accepts what a worker sends of a lease: results, failures and returns in one transaction, with the
 * counters, the payment and the sequence numbers. Every slice gets exactly one result, the first.
 */
import {
  hasSlice,
  intersectSliceSet,
  parseSliceSet,
  sliceCount,
  slicesIn,
  sliceSetOf,
  subtractSliceSet,
  unionSliceSet,
} from '@manyhands/protocol'
import type { SliceFailure, SliceSet } from '@manyhands/protocol'
import { noteOver, noteWithdrawn } from '../events/lease-notice.ts'
import { finishJob, isComplete } from '../jobs/end-job.ts'
import { writeProgress } from '../jobs/jobs-store.ts'
import type { LiveJob, LiveLease } from '../jobs/live-job.ts'
import { leaveEstimation } from '../jobs/start-job.ts'
import { findLease, writeHole } from '../tasks/leases-store.ts'
import { heldElsewhere, reissue, settleSlices } from '../tasks/release.ts'
import { addTiming } from '../tasks/sizing.ts'
import type { Turn } from '../turn.ts'
import { sizeOf } from '../values/row-value.ts'
import type { RowValue } from '../values/row-value.ts'
import { addCost, credibleCost } from './claimed-cost.ts'
import type { Cost } from './claimed-cost.ts'
import { failSlice } from './fail-slice.ts'
import { insertPayment, insertResults, slicesWithResult } from './results-store.ts'
import type { Blame } from './trouble.ts'

export interface Chunk {
  readonly lease: string
  /** Key of the worker that sends it. */
  readonly worker: string
  readonly slices: SliceSet
  /** In the order of the slices. */
  readonly values: readonly RowValue[]
  /** For all slices together, as the worker says. */
  readonly cpuMs: number
  /** The same on graphics processors; absent where the worker measured none. */
  readonly gpuMs?: number
  readonly errors: readonly ChunkError[]
  readonly returned: SliceSet
  /** True when the worker tells the owner of failures by itself. */
  readonly quiet?: boolean
}

export interface ChunkError {
  readonly slice: number
  readonly error: SliceFailure
  readonly blame: Blame
}

export interface Accepted {
  readonly accepted: number
  readonly duplicate: SliceSet
  readonly refused: readonly (readonly [slices: SliceSet, code: string])[]
}

interface Holding {
  readonly job: LiveJob
  readonly slices: SliceSet
  /** Undefined when the lease has ended: what it brings may still be missing. */
  readonly live: LiveLease | undefined
  readonly payee: string
  readonly issued: number
}

export function acceptChunk(turn: Turn, chunk: Chunk): Accepted {
  const holding = findHolding(turn, chunk)
  if ('answer' in holding) return holding.answer
  const { job, live } = holding
  const foreign = subtractSliceSet(chunk.slices, holding.slices)
  const mine = subtractSliceSet(chunk.slices, foreign)
  const duplicate = slicesWithResult(turn.tx, job.no, mine)
  const fresh = subtractSliceSet(mine, duplicate)
  if (fresh.length > 0) {
    const { worker, cpuMs, gpuMs = 0 } = chunk
    const cost = credibleCost(turn, { worker, cpuMs, gpuMs, issued: holding.issued, live })
    noteCost(turn, job, live, sliceCount(fresh), cost)
    storeResults(turn, holding, chunk, { fresh, cost })
    if (mayBeElsewhere(live)) withdraw(turn, job, live, fresh)
  }
  if (live !== undefined) settleLease(turn, live, chunk, mine)
  conclude(turn, job)
  return {
    accepted: sliceCount(fresh),
    duplicate,
    refused: foreign.length === 0 ? [] : [[foreign, 'EBADARG']],
  }
}

/** The lease, live or remembered; otherwise the answer that needs no look at the slices. */
function findHolding(turn: Turn, chunk: Chunk): Holding | { readonly answer: Accepted } {
  const live = turn.jobs.leases.get(chunk.lease)
  if (live !== undefined) {
    if (live.worker !== chunk.worker) return refusal(chunk, 'EPERM')
    const { job, slices, payee, issued } = live
    return { job, slices, live, payee, issued }
  }
  const stored = findLease(turn.tx, chunk.lease)
  if (stored === undefined) return refusal(chunk, 'ENOENT')
  if (stored.worker !== chunk.worker) return refusal(chunk, 'EPERM')
  const job = turn.jobs.byNo.get(stored.job)
  // The job has ended: what is late for it is nobody's fault and worth nothing.
  if (job === undefined) return { answer: { accepted: 0, duplicate: chunk.slices, refused: [] } }
  const { payee, issued } = stored
  return { job, slices: parseSliceSet(stored.slices), live: undefined, payee, issued }
}

function refusal(chunk: Chunk, code: string): { readonly answer: Accepted } {
  const all = unionSliceSet(chunk.slices, chunk.returned)
  return { answer: { accepted: 0, duplicate: [], refused: [[all, code]] } }
}

/** The mean follows the time between two chunks of a lease, but is never below the time computed. */
function noteCost(
  turn: Turn,
  job: LiveJob,
  live: LiveLease | undefined,
  count: number,
  cost: Cost,
): void {
  job.cpuMs += cost.cpuMs
  job.gpuMs += cost.gpuMs
  if (live === undefined) return
  live.spent = addCost(live.spent, cost)
  const elapsed = Math.max(0, turn.now - live.touched)
  job.timing = addTiming(job.timing, Math.max(elapsed, cost.cpuMs), count)
}

function storeResults(
  turn: Turn,
  holding: Holding,
  chunk: Chunk,
  { fresh, cost }: { readonly fresh: SliceSet; readonly cost: Cost },
): void {
  const { job, payee } = holding
  const count = sliceCount(fresh)
  const values = count === chunk.values.length ? chunk.values : valuesOf(chunk, fresh)
  const payment = insertPayment(turn.tx, {
    job: job.no,
    lease: chunk.lease,
    worker: chunk.worker,
    payee,
    slices: count,
    ...cost,
    amount: '0',
    issued: holding.issued,
    at: turn.now,
  })
  const firstSeq = job.seq + 1
  insertResults(turn.tx, { job: job.no, payment, firstSeq, slices: fresh, values })
  job.seq += count
  job.computed += count
  for (const value of values) job.bytes += sizeOf(value)
}

function valuesOf(chunk: Chunk, wanted: SliceSet): RowValue[] {
  const values: RowValue[] = []
  let index = 0
  for (const slice of slicesIn(chunk.slices)) {
    const value = chunk.values[index++]
    if (value !== undefined && hasSlice(wanted, slice)) values.push(value)
  }
  return values
}

/** True unless nobody else can have, or be about to get, slices of the lease. */
function mayBeElsewhere(live: LiveLease | undefined): boolean {
  if (live === undefined || live.copied.length > 0) return true
  // Of what one of two holders failed, the other one goes on with a copy.
  return live.kind === 'speculative' || live.kind === 'retry'
}

/**
 * Takes slices that just got their result away from everybody else who has or would get them. Who
 * computes them is told: it loses nothing by it, and may do something of use instead.
 */
function withdraw(turn: Turn, job: LiveJob, winner: LiveLease | undefined, slices: SliceSet): void {
  for (const hole of job.holes.values()) {
    const left = subtractSliceSet(hole.slices, slices)
    if (sliceCount(left) === sliceCount(hole.slices)) continue
    hole.slices = left
    writeHole(turn.tx, hole)
    if (left.length === 0) job.holes.delete(hole.id)
  }
  for (const lease of job.leases.values()) {
    const needless = lease === winner ? [] : intersectSliceSet(lease.open, slices)
    if (needless.length === 0) continue
    settleSlices(turn, lease, needless)
    if (lease.open.length === 0) noteOver(turn.after.news, lease)
    else noteWithdrawn(turn.after.news, lease, needless)
  }
  turn.jobs.touch(job)
}

function settleLease(turn: Turn, lease: LiveLease, chunk: Chunk, mine: SliceSet): void {
  const { job } = lease
  const owed = subtractSliceSet(lease.open, mine)
  const failed = intersectSliceSet(owed, sliceSetOf(chunk.errors.map(({ slice }) => slice)))
  const returned = subtractSliceSet(intersectSliceSet(owed, chunk.returned), failed)
  const elsewhere = heldElsewhere(lease) ?? []
  settleSlices(turn, lease, unionSliceSet(mine, unionSliceSet(failed, returned)))
  for (const { slice, error, blame } of chunk.errors) {
    if (!hasSlice(failed, slice) || !turn.jobs.byNo.has(job.no)) continue
    if (chunk.quiet !== true) turn.after.loose.push(errorEvent(turn, job, lease, slice, error))
    failSlice(turn, job, { slice, error, blame, worker: lease.worker })
  }
  if (!turn.jobs.byNo.has(job.no)) return
  reissue(turn, job, subtractSliceSet(returned, elsewhere), {
    reason: 'returned',
    excluded: [lease.worker],
  })
}

function errorEvent(
  turn: Turn,
  job: LiveJob,
  lease: LiveLease,
  slice: number,
  error: SliceFailure,
): Turn['after']['loose'][number] {
  const { name, message, code, stack } = error
  const worker = lease.worker.slice(lease.worker.indexOf('/') + 1)
  return {
    job: job.no,
    label: 'error',
    body: {
      sliceNumber: slice,
      name,
      message,
      ...(code === undefined ? {} : { code, errorCode: code }),
      ...(stack === undefined ? {} : { stack }),
      timestamp: new Date(turn.now).toISOString(),
      worker,
    },
  }
}

function conclude(turn: Turn, job: LiveJob): void {
  writeProgress(turn.tx, job)
  turn.after.changed.add(job.no)
  if (!turn.jobs.byNo.has(job.no)) return
  leaveEstimation(turn, job)
  if (isComplete(job)) finishJob(turn, job)
}
