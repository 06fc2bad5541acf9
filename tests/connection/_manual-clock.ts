// A clock that stands still until a test moves it.
import type { Clock } from '@manyhands/protocol'

interface Timer {
  readonly at: number
  readonly callback: () => void
}

export interface ManualClock extends Clock {
  /** Moves on, firing what is due in order; everything that needs no time happens in between. */
  advance(ms: number): Promise<void>
  /** Timers that have not fired. */
  readonly timers: number
}

/** Lets everything happen that needs no time. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 60; turn += 1) await Promise.resolve()
}

/** @param startMs wall clock at the beginning, milliseconds since 1970 */
export function createManualClock(startMs = 1_795_162_000_000): ManualClock {
  let elapsed = 0
  const timers = new Set<Timer>()
  const clock: ManualClock = {
    now: () => startMs + elapsed,
    monotonic: () => elapsed,
    setTimer(delayMs, callback) {
      const timer = { at: elapsed + Math.max(0, delayMs), callback }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    sleep: async (delayMs, signal) =>
      await new Promise<void>((resolve, reject) => {
        signal?.throwIfAborted()
        const cancel = clock.setTimer(delayMs, resolve)
        signal?.addEventListener('abort', () => {
          cancel()
          reject(signal.reason as Error)
        })
      }),
    async advance(ms) {
      const end = elapsed + ms
      for (;;) {
        await settled()
        const [due] = [...timers].filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)
        if (due === undefined) break
        timers.delete(due)
        elapsed = Math.max(elapsed, due.at)
        due.callback()
      }
      elapsed = end
      await settled()
    },
    get timers() {
      return timers.size
    },
  }
  return clock
}

/** Why a promise rejects, to be looked at later; the promise counts as handled at once. */
export async function failureOf(promise: Promise<unknown> | undefined): Promise<unknown> {
  try {
    await promise
  } catch (error) {
    return error
  }
  return new Error('it did not reject')
}
