/** Opens transports again and again, with pauses, until one opens or there is no point any more. */
import { type Clock, DcpError, isDcpError, type Logger, type Random } from '@manyhands/protocol'

import type { Bearer, OpenBearer } from '../bearer.ts'
import { times } from '../limits.ts'
import { backoffMs } from './backoff.ts'

export interface OpenerOptions {
  readonly open: OpenBearer
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Aborted, with a DcpError as its reason, when the connection is closed. */
  readonly stop: AbortSignal
}

export interface Opener {
  /**
   * Tries until the monotonic clock reaches `deadline`, `timeoutMs` after the first attempt.
   * Throws ETIMEDOUT then, or what makes trying again pointless.
   */
  open(deadline: number, timeoutMs: number): Promise<Bearer>
  /** The next attempt is a first one again. */
  reset(): void
  /** The next attempt comes after the shortest pause, if after any. */
  ease(): void
}

export function createOpener({ open, clock, random, logger, stop }: OpenerOptions): Opener {
  let attempts = 0

  async function attempt(leftMs: number, timeout: DcpError): Promise<Bearer> {
    const timeLimit = new AbortController()
    const cancel = clock.setTimer(leftMs, () => timeLimit.abort(timeout))
    try {
      const bearer = await open(AbortSignal.any([stop, timeLimit.signal]))
      if (stop.aborted) bearer.close()
      stop.throwIfAborted()
      return bearer
    } catch (error) {
      stop.throwIfAborted()
      timeLimit.signal.throwIfAborted()
      throw error
    } finally {
      cancel()
    }
  }

  return {
    async open(deadline, timeoutMs) {
      const inTime = `no connection to the server within ${timeoutMs / 1000} s`
      const timeout = new DcpError('ETIMEDOUT', inTime)
      const begun = clock.monotonic()
      let told = false
      let last: DcpError | undefined
      /** Says why the attempts failed, where they did. */
      const late = (): DcpError =>
        last === undefined
          ? timeout
          : new DcpError('ETIMEDOUT', `${inTime}: ${last.message}`, { cause: last })
      for (;;) {
        const rest = Math.max(0, deadline - clock.monotonic())
        const delay = Math.min(rest, backoffMs(attempts, timeoutMs, random))
        if (delay > 0) await clock.sleep(delay, stop)
        const left = deadline - clock.monotonic()
        if (left <= 0) throw late()
        attempts += 1
        try {
          return await attempt(left, timeout)
        } catch (error) {
          if (error === timeout) throw late()
          if (!isDcpError(error, 'ETIMEDOUT')) throw error
          last = error
          logger.debug('no transport yet', { attempts, reason: error.message })
          if (told || clock.monotonic() - begun < times.outageTold) continue
          told = true
          logger.warn(`${error.message}; trying for ${timeoutMs / 1000} s`)
        }
      }
    },
    reset() {
      attempts = 0
    },
    ease() {
      attempts = Math.min(attempts, 1)
    },
  }
}
