// A clock that stands still until a test moves it.
import { type Clock, createManualClock as createClock } from '@manyhands/protocol'

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
  const clock = createClock(startMs)
  return {
    ...clock,
    advance: (ms) => clock.advanceResting(ms, settled),
    get timers() {
      return clock.timers
    },
  }
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
