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
  /** Sends what there is without waiting for more. */
  flush(): void
  /** Drops what waits for a lease that is no longer ours. */
  drop(lease: string): void
  /** True: no new work should start before some of it has left. */
  readonly full: boolean
  readonly empty: boolean
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
  let inFlight = 0
  let waitingText = 0
  let waitingSlices = 0
  let cancelTimer: CancelTimer | undefined
  let closed = false

  function boxOf(lease: string, job: JobId): LeaseBox {
    let box = boxes.get(lease)
    if (box === undefined) {
      box = { lease, job, finished: [], failed: [], returned: [], textLength: 0, cpuOfFailed: 0 }
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
    inFlight++
    const chunk = chunkOf(box)
    try {
      const reply = await deps.send(chunk)
      deps.onReply(box.lease, box.job, chunk, reply)
    } catch (error) {
      logger.warn('results could not be delivered', { lease: box.lease, job: box.job, error })
      deps.onLost(box.lease, box.job)
    } finally {
      inFlight--
      waitingText -= box.textLength
      waitingSlices -= sizeOf(box)
    }
    if (closed) return
    if (boxes.size > 0) sendDue()
    deps.onProgress()
  }

  /** Sends the boxes that have waited long enough, the fullest first come by age of their lease. */
  function sendDue(): void {
    for (const [lease, box] of boxes) {
      if (inFlight >= limits.chunksInFlightMax) return
      boxes.delete(lease)
      void deliver(box)
    }
  }

  function settle(box: LeaseBox): void {
    const due = sizeOf(box) >= limits.chunkSlicesMax || box.textLength >= limits.chunkTextMax
    if (due && inFlight < limits.chunksInFlightMax) {
      boxes.delete(box.lease)
      void deliver(box)
      return
    }
    cancelTimer ??= clock.setTimer(limits.chunkDelayMs, () => {
      cancelTimer = undefined
      sendDue()
    })
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
    flush() {
      cancelTimer?.()
      cancelTimer = undefined
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
      return inFlight === 0 && boxes.size === 0
    },
    close() {
      closed = true
      cancelTimer?.()
      cancelTimer = undefined
      boxes.clear()
    },
  }
}
