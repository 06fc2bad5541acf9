/**
 * The worker's requests to the scheduler, each by its name. The connection re-sends idempotent ones
 * on a new session; what can be tried again later is tried again here, and nowhere else.
 */
import { isDcpError } from '@manyhands/protocol'
import type {
  Clock,
  ColumnResults,
  ColumnResultsReply,
  ColumnTaskReply,
  ColumnTaskRequest,
  ColumnWorkEmit,
  Heartbeat,
  HeartbeatReply,
  Random,
} from '@manyhands/protocol'
import type { Connection } from '@manyhands/connection'

import { limits } from './limits.ts'

export interface Calls {
  requestTask(request: ColumnTaskRequest, signal: AbortSignal): Promise<ColumnTaskReply>
  /** Tries again, longer and longer apart, while the scheduler is away or full. */
  results(chunk: ColumnResults, signal: AbortSignal): Promise<ColumnResultsReply>
  heartbeat(beat: Heartbeat): Promise<HeartbeatReply>
  emit(events: readonly ColumnWorkEmit[]): Promise<void>
}

/** Waiting times after failures in a row: doubling, with a quarter of chance on top. */
export function backoffMs(failures: number, random: Random): number {
  const steady = Math.min(limits.backoffMaxMs, limits.backoffFirstMs * 2 ** Math.min(failures, 10))
  return steady * (1 + random.float() / 4)
}

const transient = new Set(['ECONNRESET', 'ETIMEDOUT', 'EBUSY', 'ENOSPC', 'EDUP', 'EEXPIRED'])

/** True when the same request may succeed later. */
function isTransient(error: unknown): boolean {
  return isDcpError(error) && (error.retryable || transient.has(error.code))
}

export function createCalls(
  connection: Connection,
  deps: { readonly clock: Clock; readonly random: Random },
): Calls {
  const { clock, random } = deps
  return {
    async requestTask(request, signal) {
      const reply = await connection.request('taskDistributor.requestTask@3', request, { signal })
      return reply as ColumnTaskReply
    },
    async results(chunk, signal) {
      for (let failures = 0; ; failures++) {
        try {
          const options = { idempotent: true, signal }
          const reply = await connection.request('resultSubmitter.results@1', chunk, options)
          return reply as ColumnResultsReply
        } catch (error) {
          if (signal.aborted || !isTransient(error)) throw error
          await clock.sleep(backoffMs(failures, random), signal)
        }
      }
    },
    async heartbeat(beat) {
      return (await connection.request('resultSubmitter.heartbeat', beat)) as HeartbeatReply
    },
    async emit(events) {
      await connection.batch(events.map((data) => ({ operation: 'eventRouter.workEmit', data })))
    },
  }
}
