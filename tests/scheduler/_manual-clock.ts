// A clock that stands still until a test moves it, and patience for what a scheduler does by itself.
import type { Clock } from '@manyhands/protocol'

export interface ManualClock extends Clock {
  /** Moves on, firing what is due. */
  advance(ms: number): Promise<void>
  /** Moves on without firing anything, as a machine that slept. */
  skip(ms: number): void
}

/** Lets everything that waits for the database, or for promises, come to rest. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 12; turn++) await new Promise((resolve) => setImmediate(resolve))
}

export function manualClock(start = 1_800_000_000_000): ManualClock {
  let now = start
  const timers = new Set<{ readonly at: number; readonly callback: () => void }>()
  return {
    now: () => now,
    monotonic: () => now - start,
    setTimer(delayMs, callback) {
      const timer = { at: now + delayMs, callback }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    sleep: () => Promise.reject(new Error('not used')),
    skip(ms) {
      now += ms
    },
    async advance(ms) {
      const end = now + ms
      for (;;) {
        await settle()
        const due = [...timers].filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0]
        if (due === undefined) break
        timers.delete(due)
        now = Math.max(now, due.at)
        due.callback()
      }
      now = end
      await settle()
    },
  }
}
