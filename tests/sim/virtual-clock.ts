// A clock whose time passes only when everything in the process has come to rest: the next timer is
// then due. Hours of protocol pass in milliseconds, in an order that one seed decides.
import type { Clock } from '@manyhands/protocol'

interface Timer {
  readonly due: number
  readonly order: number
  readonly callback: () => void
}

/** Turns of the event loop without a new timer after which the process counts as at rest. */
const restTurns = 12

export interface VirtualClock extends Clock {
  /** Runs until `done()`; throws after `limitMs` of virtual time, or when nothing is left to happen. */
  run(done: () => boolean, limitMs: number): Promise<void>
}

/** @param startMs wall clock at the beginning, milliseconds since 1970 */
export function createVirtualClock(startMs: number): VirtualClock {
  const timers = new Set<Timer>()
  let time = 0
  let order = 0

  const settle = async (done: () => boolean): Promise<void> => {
    for (let turn = 0; turn < restTurns && !done(); turn += 1) {
      await new Promise<void>((resolve) => {
        setImmediate(resolve)
      })
    }
  }

  const nextDue = (): Timer | undefined => {
    let first: Timer | undefined
    for (const timer of timers) {
      const earlier =
        first === undefined ||
        timer.due < first.due ||
        (timer.due === first.due && timer.order < first.order)
      if (earlier) first = timer
    }
    return first
  }

  const clock: VirtualClock = {
    now: () => startMs + Math.floor(time),
    monotonic: () => time,
    setTimer(delayMs, callback) {
      const timer = { due: time + Math.max(0, delayMs), order: (order += 1), callback }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    sleep(delayMs, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted === true) {
          reject(signal.reason)
          return
        }
        const cancel = clock.setTimer(delayMs, () => {
          signal?.removeEventListener('abort', abort)
          resolve()
        })
        const abort = (): void => {
          cancel()
          reject(signal?.reason)
        }
        signal?.addEventListener('abort', abort, { once: true })
      })
    },
    async run(done, limitMs) {
      const limit = time + limitMs
      for (;;) {
        await settle(done)
        if (done()) return
        const next = nextDue()
        if (next === undefined) throw new Error(`at rest for ever at ${time} ms`)
        if (next.due > limit) throw new Error(`not done after ${limitMs} ms of virtual time`)
        timers.delete(next)
        time = next.due
        next.callback()
      }
    },
  }
  return clock
}
