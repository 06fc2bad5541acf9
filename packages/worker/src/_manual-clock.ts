// A clock that stands still until a test moves it.
import type { Clock } from '@manyhands/protocol'

interface Timer {
  readonly at: number
  readonly callback: () => void
}

export interface ManualClock extends Clock {
  /** Moves on, firing what is due in order, and lets promises settle between. */
  advance(ms: number): Promise<void>
}

export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}

export function createManualClock(): ManualClock {
  let now = 0
  const timers = new Set<Timer>()
  const clock: ManualClock = {
    now: () => now,
    monotonic: () => now,
    setTimer(delayMs, callback) {
      const timer = { at: now + delayMs, callback }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    sleep: (delayMs, signal) =>
      new Promise((resolve, reject) => {
        const fail = (): void => reject(signal?.reason as Error)
        if (signal?.aborted === true) return fail()
        const cancel = clock.setTimer(delayMs, resolve)
        signal?.addEventListener('abort', () => {
          cancel()
          fail()
        })
      }),
    async advance(ms) {
      const end = now + ms
      for (;;) {
        await settled()
        const due = [...timers].filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0]
        if (due === undefined) break
        timers.delete(due)
        now = Math.max(now, due.at)
        due.callback()
      }
      now = end
      await settled()
    },
  }
  return clock
}
