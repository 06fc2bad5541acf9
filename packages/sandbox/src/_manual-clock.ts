import type { Clock } from '@manyhands/protocol'

interface Timer {
  readonly at: number
  readonly callback: () => void
}

export interface ManualClock extends Clock {
  /** Moves on, firing what comes due. */
  advance(ms: number): void
}

export function createManualClock(): ManualClock {
  let now = 0
  const timers = new Set<Timer>()
  const setTimer: Clock['setTimer'] = (delayMs, callback) => {
    const timer = { at: now + delayMs, callback }
    timers.add(timer)
    return () => timers.delete(timer)
  }
  return {
    now: () => now,
    monotonic: () => now,
    setTimer,
    sleep: (delayMs) => new Promise((resolve) => void setTimer(delayMs, resolve)),
    advance(ms) {
      const until = now + ms
      for (;;) {
        const [next] = [...timers].toSorted((a, b) => a.at - b.at)
        if (next === undefined || next.at > until) break
        timers.delete(next)
        now = next.at
        next.callback()
      }
      now = until
    },
  }
}
