/**
 * Loose events that came before anybody could hear them: deploying a job and subscribing to it are
 * requests on different connections, and a slice may be quicker than both. Kept for a moment.
 */
import type { Clock } from '@manyhands/protocol'
import { earlyEventMs, earlyEventsMax } from '../limits.ts'
import type { LooseEvent } from './loose-event.ts'

export interface EarlyEvents {
  keep(event: LooseEvent): void
  /** What was kept of a job under a label, in its order; it is not kept any longer. */
  take(job: number, label: string): LooseEvent[]
}

export function createEarlyEvents(clock: Clock): EarlyEvents {
  let kept: { readonly event: LooseEvent; readonly until: number }[] = []

  return {
    keep(event) {
      const now = clock.now()
      kept.push({ event, until: now + earlyEventMs })
      const fresh = kept.findIndex(({ until }) => until > now)
      kept.splice(0, Math.max(fresh, kept.length - earlyEventsMax))
    },
    take(job, label) {
      const now = clock.now()
      const isWanted = ({ event }: { event: LooseEvent }): boolean =>
        event.job === job && event.label === label
      const taken = kept.filter((one) => isWanted(one) && one.until > now)
      if (taken.length > 0) kept = kept.filter((one) => !isWanted(one))
      return taken.map(({ event }) => event)
    },
  }
}
