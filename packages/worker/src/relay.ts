/**
 * Console lines, `work.emit` and progress on their way to the job's owner. Bounded: past the limit
 * they are dropped, and one line says how many.
 */
import { joinColumn, marshal, parsePrepared } from '@manyhands/protocol'
import type {
  CancelTimer,
  Clock,
  ColumnWorkEmit,
  Logger,
  SliceFailure,
  WorkerId,
} from '@manyhands/protocol'
import type { ConsoleLevel, PreparedText } from '@manyhands/sandbox'

import { limits } from './limits.ts'
import type { HeldTask } from './task.ts'

export interface Relay {
  console(
    task: HeldTask,
    slice: number,
    level: ConsoleLevel,
    message: readonly PreparedText[] | undefined,
    same: number,
  ): void
  emit(task: HeldTask, slice: number, event: string, data: PreparedText): void
  progress(task: HeldTask, slice: number, fraction: number | undefined): void
  noProgress(task: HeldTask, slice: number, error: SliceFailure): void
  flush(): Promise<void>
  close(): void
}

interface Waiting {
  readonly event: ColumnWorkEmit
  readonly length: number
}

export function createRelay(
  worker: WorkerId,
  deps: {
    readonly clock: Clock
    readonly logger: Logger
    readonly send: (events: readonly ColumnWorkEmit[]) => Promise<void>
  },
): Relay {
  const { clock, logger } = deps
  const queue: Waiting[] = []
  const dropped = new Map<HeldTask, { slice: number; count: number }>()
  const lastProgress = new Map<string, number>()
  let waitingText = 0
  let cancelTimer: CancelTimer | undefined
  let sending: Promise<void> | undefined
  let closed = false

  function add(
    task: HeldTask,
    slice: number,
    eventName: ColumnWorkEmit['eventName'],
    payload: () => unknown,
    length: number,
  ): void {
    if (closed) return
    if (queue.length >= limits.relayQueueMax || waitingText + length > limits.relayTextMax) {
      const count = (dropped.get(task)?.count ?? 0) + 1
      dropped.set(task, { slice, count })
      return
    }
    const { lease, job } = task
    queue.push({
      event: { eventName, payload: payload(), job: job.id, slice, worker, lease },
      length,
    })
    waitingText += length
    cancelTimer ??= clock.setTimer(limits.relayDelayMs, () => {
      cancelTimer = undefined
      sending ??= sendAll().finally(() => {
        sending = undefined
      })
    })
  }

  function tellDropped(): void {
    for (const [task, { slice, count }] of dropped) {
      dropped.delete(task)
      const text = `${count} messages of this job were dropped: it sends more than can be passed on`
      const payload = {
        level: 'warn',
        message: marshal([text]),
        same: 1,
        jobName: task.job.work.public.name,
      }
      const event: ColumnWorkEmit = {
        eventName: 'console',
        payload,
        job: task.job.id,
        slice,
        worker,
        lease: task.lease,
      }
      queue.push({ event, length: 0 })
    }
  }

  async function sendAll(): Promise<void> {
    while (queue.length > 0) {
      const events = queue.splice(0, limits.relayBatchMax)
      try {
        await deps.send(events.map(({ event }) => event))
      } catch (error) {
        logger.debug('messages of a job could not be passed on', { count: events.length, error })
      }
      for (const { length } of events) waitingText -= length
      if (queue.length === 0) tellDropped()
    }
  }

  const relay: Relay = {
    console(task, slice, level, message, same) {
      const jobName = task.job.work.public.name
      const length = (message ?? []).reduce((sum, text) => sum + text.length, 0)
      const payload = (): unknown => ({
        level,
        message: message === undefined ? marshal(undefined) : joinColumn(message),
        same,
        jobName,
      })
      add(task, slice, 'console', payload, length)
    },
    emit(task, slice, event, data) {
      const jobName = task.job.work.public.name
      const payload = (): unknown => ({
        eventName: 'custom',
        customEvent: event,
        data: parsePrepared(data),
        jobName,
      })
      add(task, slice, 'custom', payload, event.length + data.length)
    },
    progress(task, slice, fraction) {
      const key = `${task.lease}/${slice}`
      const now = clock.monotonic()
      if (now - (lastProgress.get(key) ?? -Infinity) < limits.progressEveryMs) return
      if (lastProgress.size >= limits.relayQueueMax) lastProgress.clear()
      lastProgress.set(key, now)
      add(task, slice, 'progress', () => ({ fraction: fraction ?? null }), 0)
    },
    noProgress(task, slice, error) {
      const payload = (): unknown => ({
        message: error.message,
        code: 'ENOPROGRESS',
        timestamp: 0,
        progressReports: {},
        jobName: task.job.work.public.name,
      })
      add(task, slice, 'noProgress', payload, error.message.length)
    },
    async flush() {
      cancelTimer?.()
      cancelTimer = undefined
      await sending
      await sendAll()
    },
    close() {
      closed = true
      cancelTimer?.()
      queue.length = 0
    },
  }
  return relay
}
