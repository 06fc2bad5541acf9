// A clock that stands still until a test moves it, and lets promises settle between timers.
import { type Clock, createManualClock as createClock } from '@manyhands/protocol'

export interface ManualClock extends Clock {
  /** Moves on, firing what is due in order, and lets promises settle between. */
  advance(ms: number): Promise<void>
}

export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}

export function createManualClock(): ManualClock {
  const clock = createClock()
  return { ...clock, advance: (ms) => clock.advanceResting(ms, settled) }
}
