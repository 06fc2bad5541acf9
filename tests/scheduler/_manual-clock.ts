// A clock that stands still until a test moves it, and patience for what a scheduler does by itself.
import { type Clock, createManualClock } from '@manyhands/protocol'

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

export function manualClock(): ManualClock {
  const clock = createManualClock(1_800_000_000_000)
  return { ...clock, advance: (ms) => clock.advanceResting(ms, settle) }
}
