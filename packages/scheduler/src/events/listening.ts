/** Who listens to which job, through which subscriptions. */
import type { Clock } from '@manyhands/protocol'
import { earlyEventMs } from '../limits.ts'
import type { LooseEvent } from './loose-event.ts'
import type { Outlet } from './outlet.ts'
import type { Subscription } from './subscription.ts'

export interface Listening {
  link(outlet: Outlet, subscription: Subscription): void
  unlink(outlet: Outlet, subscription: Subscription): void
  has(job: number): boolean
  outletsOf(job: number): Iterable<Outlet>
  /** True when somebody may yet subscribe to what just happened. */
  mayBeWanted(event: LooseEvent): boolean
}

interface Listeners {
  readonly outlets: Set<Outlet>
  /** When the first of them began. */
  readonly since: number
}

export function createListening(clock: Clock): Listening {
  const byJob = new Map<number, Listeners>()

  return {
    link(outlet, subscription) {
      const { jobNo } = subscription
      outlet.subscriptions.set(subscription.token, subscription)
      if (jobNo === undefined) return
      const group = outlet.byJob.get(jobNo) ?? new Set()
      outlet.byJob.set(jobNo, group.add(subscription))
      const listeners = byJob.get(jobNo) ?? { outlets: new Set(), since: clock.now() }
      listeners.outlets.add(outlet)
      byJob.set(jobNo, listeners)
    },
    unlink(outlet, subscription) {
      const { jobNo, token } = subscription
      outlet.subscriptions.delete(token)
      if (jobNo === undefined) return
      const group = outlet.byJob.get(jobNo)
      group?.delete(subscription)
      if (group === undefined || group.size > 0) return
      outlet.byJob.delete(jobNo)
      const listeners = byJob.get(jobNo)
      listeners?.outlets.delete(outlet)
      if (listeners?.outlets.size === 0) byJob.delete(jobNo)
    },
    has: (job) => byJob.has(job),
    outletsOf: (job) => byJob.get(job)?.outlets ?? [],
    // Clients ask for the labels of a job in several requests: who has just begun may want more.
    mayBeWanted({ job, label }) {
      const listeners = byJob.get(job)
      if (listeners === undefined) return true
      if (clock.now() - listeners.since >= earlyEventMs) return false
      return ![...listeners.outlets].some((outlet) =>
        [...(outlet.byJob.get(job) ?? [])].some((subscription) => subscription.label === label),
      )
    },
  }
}
