/**
 * A clock that stands still until it is moved: for tests and simulations. Timers fire when they are
 * due, in that order; those that are due together in the order in which they were set.
 */
import type { Clock } from '../ports.ts'

export interface ManualClock extends Clock {
  /** Timers that have not fired. */
  readonly timers: number
  /** Moves on, firing what comes due. */
  advance(ms: number): void
  /** The same; before each timer and at the end `rest` lets happen what needs no time. */
  advanceResting(ms: number, rest: () => Promise<void>): Promise<void>
  /** Moves on to the first timer that is due within `ms` and fires it; false when there is none. */
  fireNext(ms: number): boolean
  /** Moves on without firing anything, as a machine that slept. */
  skip(ms: number): void
}

interface Timer {
  readonly due: number
  readonly callback: () => void
}

/** @param startMs wall clock at the beginning, milliseconds since 1970 */
export function createManualClock(startMs = 0): ManualClock {
  const timers = new Set<Timer>()
  let elapsed = 0

  function nextDue(): Timer | undefined {
    let first: Timer | undefined
    for (const timer of timers) {
      // The set keeps the order in which they were set.
      if (first === undefined || timer.due < first.due) first = timer
    }
    return first
  }

  /** Fires the first timer that is due by then; false when there is none. */
  function fireUntil(end: number): boolean {
    const next = nextDue()
    if (next === undefined || next.due > end) return false
    timers.delete(next)
    elapsed = Math.max(elapsed, next.due)
    next.callback()
    return true
  }

  const clock: ManualClock = {
    now: () => startMs + Math.floor(elapsed),
    monotonic: () => elapsed,
    setTimer(delayMs, callback) {
      const timer = { due: elapsed + Math.max(0, delayMs), callback }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    async sleep(delayMs, signal) {
      signal?.throwIfAborted()
      await new Promise<void>((resolve, reject) => {
        function onAbort(): void {
          cancel()
          reject(signal?.reason as Error)
        }
        const cancel = clock.setTimer(delayMs, () => {
          signal?.removeEventListener('abort', onAbort)
          resolve()
        })
        signal?.addEventListener('abort', onAbort, { once: true })
      })
    },
    get timers() {
      return timers.size
    },
    fireNext: (ms) => fireUntil(elapsed + ms),
    skip(ms) {
      elapsed += ms
    },
    advance(ms) {
      const end = elapsed + ms
      while (fireUntil(end)) continue
      elapsed = end
    },
    async advanceResting(ms, rest) {
      const end = elapsed + ms
      do await rest()
      while (fireUntil(end))
      elapsed = end
      await rest()
    },
  }
  return clock
}
