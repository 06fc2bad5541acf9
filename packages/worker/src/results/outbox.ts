/**
 * Finished slices on their way to the scheduler, in chunks of one lease. A chunk is sent until it is
 * answered; what the answer does not take is the scheduler's decision and is not sent again.
 */
import { encodeSliceSet, joinColumn, sliceSetOf } from '@manyhands/protocol'
import type {
  CancelTimer,
  Clock,
  ColumnResults,
  ColumnResultsReply,
  JobId,
  Logger,
  SliceFailure,
  WorkerId,
} from '@manyhands/protocol'
import type { SliceUsage } from '@manyhands/sandbox'

import { limits } from '../limits.ts'

/** What a slice used, as the host of its sandbox measured it. */
export type SliceCost = Pick<SliceUsage, 'cpuMs' | 'gpuMs'>

interface FinishedSlice extends SliceCost {
  readonly slice: number
  readonly text: string
}

interface LeaseBox {
  readonly lease: string
  readonly job: JobId
  finished: FinishedSlice[]
  failed: (readonly [slice: number, error: SliceFailure])[]
  returned: number[]
  textLength: number
  /** What its failed slices used: only the sum is told. */
  costOfFailed: SliceCost
  /** True: it has waited long enough, or nothing more will come. */
  due: boolean
}

export interface OutboxDeps {
  readonly clock: Clock
  readonly logger: Logger
  /** Sends one chunk until it is answered; rejects when it never can be. */
  readonly send: (chunk: ColumnResults) => Promise<ColumnResultsReply>
  readonly onReply: (
    lease: string,
    job: JobId,
    chunk: ColumnResults,
    reply: ColumnResultsReply,
  ) => void
  /** A chunk could not be delivered: its lease is of no more use. */
  readonly onLost: (lease: string, job: JobId) => void
  /** Room has come free, or everything has left. */
  readonly onProgress: () => void
}

export interface Outbox {
  result(lease: string, job: JobId, finished: FinishedSlice): void
  failure(lease: string, job: JobId, slice: number, error: SliceFailure, cost: SliceCost): void
  giveBack(lease: string, job: JobId, slices: readonly number[]): void
  /** Nothing more of this job is in hand: what there is leaves at once. */
  complete(job: JobId): void
  /** Sends everything without waiting for more. */
  flush(): void
  /** Drops what waits for a lease that is no longer ours. */
  drop(lease: string): void
  /** True: no new work should start before some of it has left. */
  readonly full: boolean
  readonly empty: boolean
  /** Leases with something that is not answered yet. */
  leases(): string[]
  close(): void
}

function sumOf(a: SliceCost, b: SliceCost): SliceCost {
  const cpuMs = a.cpuMs + b.cpuMs
  if (a.gpuMs === undefined && b.gpuMs === undefined) return { cpuMs }
  return { cpuMs, gpuMs: (a.gpuMs ?? 0) + (b.gpuMs ?? 0) }
}

function sizeOf(box: LeaseBox): number {
  return box.finished.length + box.failed.length
}

/** One number for many tiny slices, else one each: what the scheduler learns is worth its bytes. */
function timesOf(each: readonly number[], more: number): number | number[] {
  const total = each.reduce((sum, ms) => sum + ms, more)
  const rounded = (ms: number): number => Math.round(ms * 1000) / 1000
  if (more > 0 || total < each.length) return rounded(total)
  return each.map(rounded)
}

function costOf(
  finished: readonly FinishedSlice[],
  failed: SliceCost,
): Pick<ColumnResults, 'cpuMs' | 'gpuMs'> {
  const cpuMs = timesOf(
    finished.map((slice) => slice.cpuMs),
    failed.cpuMs,
  )
  // Where nothing was measured, nothing is said: that is not the same as none.
  const isMeasured = [failed, ...finished].some(({ gpuMs }) => gpuMs !== undefined)
  if (!isMeasured) return { cpuMs }
  const gpuTimes = finished.map(({ gpuMs = 0 }) => gpuMs)
  return { cpuMs, gpuMs: timesOf(gpuTimes, failed.gpuMs ?? 0) }
}

export function createOutbox(worker: WorkerId, deps: OutboxDeps): Outbox {
  const { clock, logger } = deps
  const boxes = new Map<string, LeaseBox>()
  const sending = new Set<LeaseBox>()
  let waitingText = 0
  let waitingSlices = 0
  /** When the first result of a job came that is computed here now. */
  const began = new Map<JobId, number>()
  let timer: { readonly at: number; readonly cancel: CancelTimer } | undefined
  let closed = false

  function boxOf(lease: string, job: JobId): LeaseBox {
    let box = boxes.get(lease)
    if (box === undefined) {
      box = {
        lease,
        job,
        finished: [],
        failed: [],
        returned: [],
        textLength: 0,
        costOfFailed: { cpuMs: 0 },
        due: false,
      }
      boxes.set(lease, box)
    }
    return box
  }

  function chunkOf(box: LeaseBox): ColumnResults {
    const finished = box.finished.toSorted((a, b) => a.slice - b.slice)
    return {
      lease: box.lease,
      worker,
      slices: encodeSliceSet(sliceSetOf(finished.map(({ slice }) => slice))),
      values: joinColumn(finished.map(({ text }) => text)),
      ...costOf(finished, box.costOfFailed),
      ...(box.failed.length > 0 ? { errors: box.failed } : {}),
      ...(box.returned.length > 0
        ? { returned: encodeSliceSet(sliceSetOf(box.returned.toSorted((a, b) => a - b))) }
        : {}),
    }
  }

  async function deliver(box: LeaseBox): Promise<void> {
    sending.add(box)
    const chunk = chunkOf(box)
    try {
      const reply = await deps.send(chunk)
      deps.onReply(box.lease, box.job, chunk, reply)
    } catch (error) {
      logger.warn('results could not be delivered', { lease: box.lease, job: box.job, error })
      deps.onLost(box.lease, box.job)
    } finally {
      sending.delete(box)
      waitingText -= box.textLength
      waitingSlices -= sizeOf(box)
    }
    if (closed) return
    sendDue()
    deps.onProgress()
  }

  /** Sends what is due, as far as there is room on the way. */
  function sendDue(): void {
    for (const [lease, box] of boxes) {
      if (sending.size >= limits.chunksInFlightMax) return
      if (!box.due) continue
      boxes.delete(lease)
      void deliver(box)
    }
  }

  function allDue(): void {
    timer?.cancel()
    timer = undefined
    for (const box of boxes.values()) box.due = true
    sendDue()
  }

  function settle(box: LeaseBox): void {
    box.due ||= sizeOf(box) >= limits.chunkSlicesMax || box.textLength >= limits.chunkTextMax
    if (box.due) sendDue()
    else gather(box.job)
  }

  function forgetOldest(): void {
    const [oldest] = began.keys()
    if (oldest !== undefined && began.size >= limits.knownJobsMax) began.delete(oldest)
  }

  /** Sees to it that everything leaves when the results of this job have been gathered long enough. */
  function gather(job: JobId): void {
    const now = clock.monotonic()
    const firstAt = began.get(job) ?? now
    if (!began.has(job)) forgetOldest()
    began.set(job, firstAt)
    const share = (now - firstAt) * limits.chunkDelayShare
    const delay = Math.min(Math.max(share, limits.chunkDelayLeastMs), limits.chunkDelayMostMs)
    if (timer !== undefined && timer.at <= now + delay) return
    timer?.cancel()
    timer = { at: now + delay, cancel: clock.setTimer(delay, allDue) }
  }

  return {
    result(lease, job, finished) {
      let box = boxOf(lease, job)
      // A long value travels in a message of its own, so that none grows past what a peer takes.
      const { length } = finished.text
      if (box.textLength > 0 && box.textLength + length > limits.chunkTextMax) {
        boxes.delete(lease)
        void deliver(box)
        box = boxOf(lease, job)
      }
      box.finished.push(finished)
      box.textLength += length
      waitingText += length
      waitingSlices++
      settle(box)
    },
    failure(lease, job, slice, error, cost) {
      const box = boxOf(lease, job)
      box.failed.push([slice, error])
      box.costOfFailed = sumOf(box.costOfFailed, cost)
      waitingSlices++
      settle(box)
    },
    giveBack(lease, job, slices) {
      if (slices.length === 0) return
      const box = boxOf(lease, job)
      box.returned.push(...slices)
      settle(box)
    },
    flush: allDue,
    complete(job) {
      began.delete(job)
      for (const box of boxes.values()) box.due ||= box.job === job
      sendDue()
    },
    drop(lease) {
      const box = boxes.get(lease)
      if (box === undefined) return
      boxes.delete(lease)
      waitingText -= box.textLength
      waitingSlices -= sizeOf(box)
    },
    get full() {
      return waitingText >= limits.outboxTextMax || waitingSlices >= limits.outboxSlicesMax
    },
    get empty() {
      return sending.size === 0 && boxes.size === 0
    },
    leases: () => [...boxes.keys(), ...[...sending].map(({ lease }) => lease)],
    close() {
      closed = true
      timer?.cancel()
      timer = undefined
      boxes.clear()
    },
  }
}
