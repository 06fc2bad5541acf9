/** The time by the server's clock, as far as it was heard: what messages are stamped with. */
import type { Clock } from '@manyhands/protocol'

export interface ServerClock {
  /** Seconds since 1970; by our own clock until the server told its time. */
  readonly now: () => number
  readonly hear: (seconds: number) => void
}

export function createServerClock(clock: Pick<Clock, 'now' | 'monotonic'>): ServerClock {
  /** Server's wall clock minus our monotonic one. */
  let offsetMs: number | undefined
  return {
    now: () => (offsetMs === undefined ? clock.now() : clock.monotonic() + offsetMs) / 1000,
    hear(seconds) {
      offsetMs = seconds * 1000 - clock.monotonic()
    },
  }
}
