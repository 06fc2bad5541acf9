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

import { limits } from './limits.ts'

interface FinishedSlice {
  readonly slice: number
  readonly text: string
  readonly cpuMs: number
}

interface LeaseBox {
  readonly lease: string
  readonly job: JobId
  finished: FinishedSlice[]
  failed: (readonly [slice: number, error: SliceFailure])[]
  returned: number[]
  textLength: number
  cpuOfFailed: number
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
  failure(lease: string, job: JobId, slice: number, error: SliceFailure, cpuMs: number): void
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

function sizeOf(box: LeaseBox): number {
  return box.finished.length + box.failed.length
}

/** One number for many tiny slices, else one each: what the scheduler learns is worth its bytes. */
function cpuOf(finished: readonly FinishedSlice[], more: number): number | number[] {
  const total = finished.reduce((sum, { cpuMs }) => sum + cpuMs, more)
  const rounded = (ms: number): number => Math.round(ms * 1000) / 1000
  if (more > 0 || total < finished.length) return rounded(total)
  return finished.map(({ cpuMs }) => rounded(cpuMs))
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
        cpuOfFailed: 0,
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
      cpuMs: cpuOf(finished, box.cpuOfFailed),
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
    failure(lease, job, slice, error, cpuMs) {
      const box = boxOf(lease, job)
      box.failed.push([slice, error])
      box.cpuOfFailed += cpuMs
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
