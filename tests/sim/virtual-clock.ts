// A clock whose time passes only when everything in the process has come to rest: the next timer is
// then due. Hours of protocol pass in milliseconds, in an order that one seed decides.
import { type Clock, createManualClock } from '@manyhands/protocol'

/** Turns of the event loop without a new timer after which the process counts as at rest. */
const restTurns = 12

export interface VirtualClock extends Clock {
  /** Runs until `done()`; throws after `limitMs` of virtual time, or when nothing is left to happen. */
  run(done: () => boolean, limitMs: number): Promise<void>
}

/** Lets everything happen that needs no time, or stops when it is done. */
async function settle(done: () => boolean): Promise<void> {
  for (let turn = 0; turn < restTurns && !done(); turn += 1) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve)
    })
  }
}

/** @param startMs wall clock at the beginning, milliseconds since 1970 */
export function createVirtualClock(startMs: number): VirtualClock {
  const clock = createManualClock(startMs)
  return {
    ...clock,
    async run(done, limitMs) {
      const limit = clock.monotonic() + limitMs
      for (;;) {
        await settle(done)
        if (done()) return
        if (clock.fireNext(limit - clock.monotonic())) continue
        if (clock.timers > 0) throw new Error(`not done after ${limitMs} ms of virtual time`)
        throw new Error(`at rest for ever at ${clock.monotonic()} ms`)
      }
    },
  }
}
