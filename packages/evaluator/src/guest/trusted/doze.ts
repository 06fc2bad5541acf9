/**
 * Short sleep in the middle of a batch. Each result of a short slice would wake the trusted thread,
 * in the middle of what some sandbox computes; so it looks at several of them at once as long as the
 * end of the batch is far, for that is what the supervisor waits for.
 */
import { guestLimits } from '../limits.ts'
import type { RealmReport } from '../messages.ts'

const { dozeMs, dozeResultLength, dozeSliceMs } = guestLimits

/** How far a batch is. */
export interface Pace {
  /** Slices that have ended, and all of them. */
  readonly told: number
  readonly slices: number
  /** Characters of the results so far. */
  readonly length: number
  /** What those that have ended took, by the clock of their realm. */
  readonly elapsedMs: number
}

export interface DozeDeps {
  now(): number
  /** Lets the whole thread stand still. */
  sleep(ms: number): void
}

export interface Doze {
  /** Sleeps for as long as nobody will miss this thread, after what the realm reported. */
  after(report: RealmReport[0], pace: Pace | undefined): void
}

/** What came during a sleep is looked at within this time; only then may the next one begin. */
const wakeMs = 2

/** How long a thread can be spared; zero when it cannot. */
export function spareMs({ elapsedMs, length, slices, told }: Pace): number {
  if (told === 0 || length > told * dozeResultLength) return 0
  const meanMs = elapsedMs / told
  if (meanMs < dozeSliceMs) return 0
  const ms = Math.min(dozeMs, ((slices - told) * meanMs) / 2)
  return ms >= 2 * meanMs ? ms : 0
}

export function createDoze({ now, sleep }: DozeDeps): Doze {
  let awakeAt = Number.NEGATIVE_INFINITY
  let isAsked = false
  return {
    after(report, pace) {
      if (pace === undefined) return
      // A slice that asks for something waits for the answer.
      isAsked ||= report === 'fetch' || report === 'dependency'
      if (isAsked || report !== 'result') return
      if (now() - awakeAt < wakeMs) return
      const ms = spareMs(pace)
      if (ms === 0) return
      sleep(ms)
      awakeAt = now()
    },
  }
}
