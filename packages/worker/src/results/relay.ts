/**
 * Console lines and `work.emit` on their way to the job's owner. They leave before the results of
 * their slices do, because the scheduler takes them only while the lease lives. Bounded: past the
 * limit they are dropped, and one line says how many.
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
import type { ConsoleLevel, PreparedText, SliceProgress } from '@manyhands/sandbox'

import { limits } from '../limits.ts'
import type { HeldTask } from '../tasks/task.ts'

export interface Relay {
  console(
    task: HeldTask,
    slice: number,
    level: ConsoleLevel,
    message: readonly PreparedText[] | undefined,
    same: number,
  ): void
  emit(task: HeldTask, slice: number, event: string, data: PreparedText): void
  noProgress(task: HeldTask, slice: number, error: SliceFailure, progress?: SliceProgress): void
  /** Sends what waits, at once. */
  sendNow(): void
  /** Resolves when everything has been answered. */
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
  const onTheWay = new Set<Promise<void>>()
  /** Waiting or on the way. */
  let heldCount = 0
  let heldText = 0
  let cancelTimer: CancelTimer | undefined
  let closed = false

  function add(
    task: HeldTask,
    slice: number,
    eventName: ColumnWorkEmit['eventName'],
    payload: () => unknown,
    length: number,
  ): void {
    if (closed) return
    if (heldCount >= limits.relayQueueMax || heldText + length > limits.relayTextMax) {
      const count = (dropped.get(task)?.count ?? 0) + 1
      dropped.set(task, { slice, count })
    } else push(task, slice, eventName, payload(), length)
    cancelTimer ??= clock.setTimer(limits.relayDelayMs, sendNow)
  }

  function push(
    task: HeldTask,
    slice: number,
    eventName: ColumnWorkEmit['eventName'],
    payload: unknown,
    length: number,
  ): void {
    const { lease, job } = task
    queue.push({ event: { eventName, payload, job: job.id, slice, worker, lease }, length })
    heldCount++
    heldText += length
  }

  function tellDropped(): void {
    for (const [task, { slice, count }] of dropped) {
      const text = `${count} messages of this job were dropped: it sends more than can be passed on`
      const jobName = task.job.work.public.name
      push(task, slice, 'console', { level: 'warn', message: marshal([text]), same: 1, jobName }, 0)
    }
    dropped.clear()
  }

  async function send(events: readonly Waiting[]): Promise<void> {
    try {
      await deps.send(events.map(({ event }) => event))
    } catch (error) {
      logger.debug('messages of a job could not be passed on', { count: events.length, error })
    }
    heldCount -= events.length
    for (const { length } of events) heldText -= length
  }

  function sendNow(): void {
    cancelTimer?.()
    cancelTimer = undefined
    tellDropped()
    while (queue.length > 0) {
      const sent = send(queue.splice(0, limits.relayBatchMax)).finally(() => onTheWay.delete(sent))
      onTheWay.add(sent)
    }
  }

  return {
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
    noProgress(task, slice, error, { ranMs, last, lastUpdate } = { ranMs: 0 }) {
      const payload = (): unknown => ({
        message: error.message,
        code: 'ENOPROGRESS',
        timestamp: ranMs,
        progressReports: {
          ...(last === undefined ? {} : { last }),
          ...(lastUpdate === undefined ? {} : { lastDeterministic: lastUpdate }),
        },
        jobName: task.job.work.public.name,
      })
      add(task, slice, 'noProgress', payload, error.message.length)
    },
    sendNow,
    async flush() {
      sendNow()
      await Promise.all(onTheWay)
    },
    close() {
      closed = true
      cancelTimer?.()
      queue.length = 0
    },
  }
}
