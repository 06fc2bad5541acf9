// A clock that stands still until it is told to go on.
import { type Clock, systemClock } from '@manyhands/protocol'

export interface StillClock extends Clock {
  advance(ms: number): void
}

export function stillClock(start: number): StillClock {
  let time = start
  let timers: { readonly at: number; readonly fire: () => void }[] = []
  return {
    ...systemClock,
    now: () => time,
    monotonic: () => time,
    setTimer(delayMs, fire) {
      const timer = { at: time + delayMs, fire }
      timers.push(timer)
      return () => {
        timers = timers.filter((one) => one !== timer)
      }
    },
    advance(ms) {
      time += ms
      const due = timers.filter(({ at }) => at <= time)
      timers = timers.filter(({ at }) => at > time)
      for (const { fire } of due) fire()
    },
  }
}
