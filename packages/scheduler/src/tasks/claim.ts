/**
 * Gives slices to a worker: first those to be issued again, then new ones from the job's cursor, and
 * when there are none, copies of slices that somebody else is slow with. One lease row for each task.
 */
import {
  firstSlices,
  intersectSliceSet,
  jobFlags,
  sliceCount,
  subtractSliceSet,
  unionSliceSet,
} from '@manyhands/protocol'
import type { SliceSet } from '@manyhands/protocol'
import { meetingGroup } from '../groups/room.ts'
import { writeCursor } from '../jobs/jobs-store.ts'
import type { SliceValues } from '../jobs/inputs.ts'
import { distributed } from '../jobs/live-job.ts'
import type { Hole, LiveJob, LiveLease, StoredLeaseKind } from '../jobs/live-job.ts'
import {
  answerBytesMax,
  postedSlicesMax,
  retryAloneMs,
  slowFactor,
  slowMinMs,
  tasksPerAnswerMax,
} from '../limits.ts'
import { noCost } from '../results/claimed-cost.ts'
import type { Turn } from '../turn.ts'
import { charge, mostNeglected } from './fairness.ts'
import { insertLease, writeHole } from './leases-store.ts'
import { matches } from './offer.ts'
import type { Offer } from './offer.ts'
import { meanOf, taskSize } from './sizing.ts'
import { isUnwilling } from './unwilling.ts'

/** The part of a turn that is needed to look for work without taking it. */
export type Look = Pick<Turn, 'jobs' | 'workers' | 'groups' | 'now'>

export interface Claimed {
  readonly job: LiveJob
  readonly lease: LiveLease
  /** Inputs, one for each slice; undefined when the worker computes or fetches them itself. */
  readonly input: SliceValues | undefined
}

/** As much work as the offer asks for; empty when there is none for this worker. */
export function claimTasks(turn: Turn, offer: Offer): Claimed[] {
  const claimed: Claimed[] = []
  const done = new Set<LiveJob>()
  let wanted = offer.wanted
  let bytes = 0
  while (wanted > 0 && claimed.length < tasksPerAnswerMax && bytes < answerBytesMax) {
    const one = claimPending(turn, offer, wanted, done)
    if (one === undefined) break
    claimed.push(one)
    bytes += one.input?.bytes ?? 0
    wanted -= sliceCount(one.lease.slices)
    // A job that is being measured gives one task to an answer; others fill what is left. So does
    // every job with rows, whose answer has one lease for each job.
    if (offer.rows || one.lease.kind === 'estimate' || isDiscrete(one.job)) done.add(one.job)
  }
  if (claimed.length > 0 || wanted <= 0) return claimed
  const copy = claimCopy(turn, offer)
  return copy === undefined ? [] : [copy]
}

/** True when some lease is overdue, so that an idle worker could take a copy. */
export function hasSlowLease(turn: Look): boolean {
  for (const lease of turn.jobs.leases.values()) if (lateness(turn.now, lease) > 0) return true
  return false
}

function mayMeet({ now }: Look, job: LiveJob, offer: Offer): boolean {
  return matches(job, offer) && !isUnwilling(job, offer.worker, now)
}

function hasSlicesFor(turn: Look, job: LiveJob, offer: Offer): boolean {
  if (job.next <= job.total) return true
  for (const hole of job.holes.values()) if (isOpenTo(turn, hole, offer.worker.key)) return true
  return false
}

/**
 * A worker gets back what it failed at when it is the only one, and otherwise, as with what it
 * returned, when nobody else took it for a while.
 */
function isOpenTo(turn: Look, hole: Hole, worker: string): boolean {
  if (hole.notBefore > turn.now) return false
  if (!hole.excluded.includes(worker)) return true
  if (hole.attempts > 0 && turn.workers.byKey.size === 1) return true
  return turn.now >= hole.notBefore + retryAloneMs
}

function claimPending(
  turn: Turn,
  offer: Offer,
  wanted: number,
  done: ReadonlySet<LiveJob>,
): Claimed | undefined {
  const candidates: LiveJob[] = []
  for (const job of turn.jobs.ready) {
    if (done.has(job) || !mayMeet(turn, job, offer)) continue
    if (!hasSlicesFor(turn, job, offer)) continue
    if (groupFor(turn, job, offer) !== undefined) candidates.push(job)
  }
  const job = mostNeglected(candidates)
  if (job === undefined) return undefined
  const size = sizeFor(turn, job, offer, wanted, candidates.length)
  const retry = takeHoles(turn, job, offer, size)
  if (retry !== undefined) return retry
  const last = Math.min(job.next + size - 1, job.total)
  const input = inputFor(turn, job, [[job.next, last]])
  const slices = fitting([[job.next, last]], input)
  job.next += sliceCount(slices)
  writeCursor(turn.tx, job.no, job.next)
  const kind = job.state === 'estimation' ? 'estimate' : 'normal'
  return leaseOut(turn, offer, job, { slices, input, kind })
}

/** Where they meet; empty for a job that its owner computes himself. */
function groupFor(turn: Look, job: LiveJob, offer: Offer): string | undefined {
  if ((job.flags & jobFlags.localExec) !== 0) return ''
  return meetingGroup(turn, job, offer.worker, offer.groups)
}

/**
 * Slices of a job that is being measured in one answer. Official workers get a single one unless the
 * job says otherwise; ours measure with all sandboxes that have nothing to do, other jobs with theirs.
 */
function measuredAtOnce(job: LiveJob, offer: Offer, wanted: number, rivals: number): number {
  if ((job.flags & jobFlags.greedyEstimation) !== 0) return wanted
  if (offer.rows) return 1
  const share = Math.floor(wanted / rivals)
  const unmeasured = (job.estimationSlices ?? Infinity) - distributed(job)
  return Math.max(1, Math.min(share, unmeasured))
}

function sizeFor(turn: Turn, job: LiveJob, offer: Offer, wanted: number, rivals: number): number {
  if (isDiscrete(job)) return 1
  if (job.state === 'estimation') return measuredAtOnce(job, offer, wanted, rivals)
  let remaining = job.total - job.next + 1
  for (const hole of job.holes.values()) remaining += sliceCount(hole.slices)
  const size = taskSize({
    targetMs: offer.targetMs * wanted,
    meanMs: meanOf(job.timing),
    remaining,
    sharers: turn.workers.cores(turn.now) / wanted,
  })
  const { resultStorage } = turn.inputs.artifacts(turn.tx, job)
  return resultStorage === undefined ? size : Math.min(size, postedSlicesMax)
}

function takeHoles(turn: Turn, job: LiveJob, offer: Offer, size: number): Claimed | undefined {
  const taken: { readonly hole: Hole; readonly slices: SliceSet }[] = []
  let wanted: SliceSet = []
  let count = 0
  for (const hole of job.holes.values()) {
    if (count >= size) break
    if (!isOpenTo(turn, hole, offer.worker.key)) continue
    const slices = firstSlices(hole.slices, size - count)
    taken.push({ hole, slices })
    wanted = unionSliceSet(wanted, slices)
    count += sliceCount(slices)
  }
  if (count === 0) return undefined
  const input = inputFor(turn, job, wanted)
  const slices = fitting(wanted, input)
  for (const { hole } of taken) {
    hole.slices = subtractSliceSet(hole.slices, slices)
    writeHole(turn.tx, hole)
    if (hole.slices.length === 0) job.holes.delete(hole.id)
  }
  return leaseOut(turn, offer, job, { slices, input, kind: 'retry' })
}

function claimCopy(turn: Turn, offer: Offer): Claimed | undefined {
  const slow = slowLease(turn, offer)
  if (slow === undefined) return undefined
  const { job } = slow
  const size = Math.max(1, Math.ceil(sliceCount(slow.open) / 2))
  // The copy starts at the far end: what the slow worker would come to last.
  const count = sliceCount(slow.open)
  const wanted = subtractSliceSet(slow.open, firstSlices(slow.open, count - size))
  const input = inputFor(turn, job, wanted)
  const slices = fitting(wanted, input)
  slow.copied = unionSliceSet(slow.copied, slices)
  return leaseOut(turn, offer, job, { slices, input, kind: 'speculative' })
}

/** The lease of another worker that is overdue the most. */
function slowLease(turn: Look, offer: Offer): LiveLease | undefined {
  let slowest: LiveLease | undefined
  let most = 0
  for (const lease of turn.jobs.leases.values()) {
    const late = lateness(turn.now, lease)
    if (late <= most || lease.worker === offer.worker.key) continue
    if (!mayMeet(turn, lease.job, offer)) continue
    if (groupFor(turn, lease.job, offer) === undefined) continue
    ;[slowest, most] = [lease, late]
  }
  return slowest
}

/** How long a lease is overdue, milliseconds; 0 when it may not be copied. */
function lateness(now: number, lease: LiveLease): number {
  const mean = meanOf(lease.job.timing)
  const isCopy = lease.kind === 'speculative'
  if (isCopy || mean === undefined || isDiscrete(lease.job)) return 0
  // With every slice of a copy computed, what is left may be copied in its turn.
  if (intersectSliceSet(lease.copied, lease.open).length > 0) return 0
  const due = Math.max(slowMinMs, slowFactor * mean * sliceCount(lease.open))
  return Math.max(0, now - lease.touched - due)
}

function inputFor(turn: Turn, job: LiveJob, slices: SliceSet): SliceValues | undefined {
  if (job.inputKind === 'local') return undefined
  if (turn.inputs.sharedRange(turn.tx, job) !== undefined) return undefined
  return turn.inputs.values(turn.tx, job, slices)
}

/** The slices whose input fits into one task. */
function fitting(slices: SliceSet, input: SliceValues | undefined): SliceSet {
  return input === undefined ? slices : firstSlices(slices, input.values.length)
}

interface NewTask {
  readonly slices: SliceSet
  readonly input: SliceValues | undefined
  readonly kind: StoredLeaseKind
}

function leaseOut(
  turn: Turn,
  offer: Offer,
  job: LiveJob,
  { slices, input, kind }: NewTask,
): Claimed {
  const { now } = turn
  const { worker } = offer
  const lease: LiveLease = {
    id: turn.random.token(22),
    job,
    worker: worker.key,
    payee: worker.payee,
    incarnation: worker.incarnation,
    kind,
    group: groupFor(turn, job, offer) ?? '',
    slices,
    open: slices,
    issued: now,
    touched: now,
    spent: noCost,
    copied: [],
    stored: false,
  }
  insertLease(turn.tx, lease)
  turn.jobs.addLease(lease)
  worker.leases.add(lease)
  // A request may have been held for long: the time of its lease begins now.
  worker.lastHeard = now
  if (isDiscrete(job)) job.servedWorkers.add(worker.key)
  charge(job, sliceCount(slices), meanOf(job.timing))
  turn.jobs.touch(job)
  turn.after.changed.add(job.no)
  return { job, lease, input }
}

function isDiscrete(job: LiveJob): boolean {
  return (job.flags & jobFlags.discrete) !== 0
}
