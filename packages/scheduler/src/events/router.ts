/**
 * Carries events to subscribers: at most one round is in flight for each session, and the next one is
 * composed when the last one is answered. What was acknowledged is remembered per owner, so that a
 * subscriber that comes back goes on where it was.
 */
import type { ServerSession } from '@manyhands/connection'
import { looseEventsMax } from '../limits.ts'
import type { Aftermath } from '../turn.ts'
import { createDelivery } from './delivery.ts'
import type { DeliveryDeps } from './delivery.ts'
import { createEarlyEvents } from './early-events.ts'
import { noteWaiting } from './late-listener.ts'
import { createListening } from './listening.ts'
import type { LooseEvent } from './loose-event.ts'
import { createOutlet } from './outlet.ts'
import type { Outlet } from './outlet.ts'
import { composeRound } from './round.ts'
import type { Subscription } from './subscription.ts'

export interface Router {
  /** The subscription of this session with this token, or with this label and filter. */
  find(session: ServerSession, which: { token?: string; like?: Like }): Subscription | undefined
  /** Begins delivery once `answered` tells that the subscriber knows its token. */
  add(subscription: Subscription, answered: Promise<void>): void
  remove(subscription: Subscription): void
  count(session: ServerSession): number
  /** True when somebody listens to a job. */
  hasListener(job: number): boolean
  /** What a turn changed, after its commit. */
  publish(after: Pick<Aftermath, 'changed' | 'loose'>): void
  close(): void
}

interface Like {
  readonly label: string
  readonly filterText: string
}

export function createRouter(deps: DeliveryDeps): Router {
  const { turns, clock, logger } = deps
  const outlets = new Map<ServerSession, Outlet>()
  const listening = createListening(clock)
  const deliver = createDelivery(deps, listening)
  const early = createEarlyEvents(clock)
  let closed = false

  function outletOf(session: ServerSession): Outlet {
    const known = outlets.get(session)
    if (known !== undefined) return known
    const outlet = createOutlet(session)
    outlets.set(session, outlet)
    session.ended.addEventListener('abort', () => discard(outlet), { once: true })
    return outlet
  }

  function discard(outlet: Outlet): void {
    outlet.cancelTimer?.()
    for (const subscription of outlet.subscriptions.values()) listening.unlink(outlet, subscription)
    outlets.delete(outlet.session)
  }

  function poke(outlet: Outlet): void {
    if (outlet.busy || closed) return
    outlet.busy = true
    serve(outlet)
      .catch((error: unknown) => logger.error('events could not be delivered', { error }))
      .finally(() => {
        outlet.busy = false
        // Something may have happened after the last look.
        if (outlet.due.size > 0 && outlets.has(outlet.session)) poke(outlet)
      })
  }

  async function serve(outlet: Outlet): Promise<void> {
    while (outlet.due.size > 0 || outlet.loose.length > 0) {
      if (closed || outlet.session.ended.aborted) return
      const { due } = outlet
      outlet.due = new Set()
      const round = turns.read((tx) =>
        composeRound(tx, outlet.byJob, due, outlet.loose, clock.now(), early),
      )
      if (round.events.length === 0) {
        sleepUntil(outlet, round.again, round.wakeAt)
        continue
      }
      // oxlint-disable-next-line no-await-in-loop -- one round is in flight at a time
      if (!(await deliver(outlet, round.events))) {
        discard(outlet)
        return
      }
      for (const job of round.again) outlet.due.add(job)
    }
  }

  function sleepUntil(outlet: Outlet, jobs: ReadonlySet<number>, at: number | undefined): void {
    if (at === undefined) return
    for (const job of jobs) outlet.asleep.add(job)
    outlet.wakeAt = Math.min(outlet.wakeAt, at)
    function wake(): void {
      for (const job of outlet.asleep) outlet.due.add(job)
      outlet.asleep.clear()
      outlet.wakeAt = Infinity
      poke(outlet)
    }
    outlet.cancelTimer?.()
    const delay = Math.max(0, outlet.wakeAt - clock.now())
    outlet.cancelTimer = clock.setTimer(delay, wake, { background: true })
  }

  function addLoose(outlet: Outlet, event: LooseEvent): void {
    outlet.loose.push(event)
    if (outlet.loose.length <= looseEventsMax) return
    outlet.loose.shift()
    if (outlet.dropped++ === 0) logger.warn('a slow subscriber loses events', { job: event.job })
  }

  return {
    find(session, { token, like }) {
      const subscriptions = outlets.get(session)?.subscriptions
      if (subscriptions === undefined) return undefined
      if (token !== undefined) return subscriptions.get(token)
      for (const subscription of subscriptions.values()) {
        if (subscription.label !== like?.label) continue
        if (subscription.filterText === like.filterText) return subscription
      }
      return undefined
    },
    add(subscription, answered) {
      const { session, jobNo } = subscription
      if (session.ended.aborted || closed) return
      const outlet = outletOf(session)
      if (jobNo !== undefined) noteWaiting(outlet.byJob.get(jobNo) ?? [], subscription)
      listening.link(outlet, subscription)
      answered.then(
        () => {
          subscription.ready = true
          if (jobNo !== undefined) {
            outlet.due.add(jobNo)
            for (const event of early.take(jobNo, subscription.label)) addLoose(outlet, event)
          }
          poke(outlet)
        },
        () => listening.unlink(outlet, subscription),
      )
    },
    remove(subscription) {
      const outlet = outlets.get(subscription.session)
      if (outlet !== undefined) listening.unlink(outlet, subscription)
    },
    count: (session) => outlets.get(session)?.subscriptions.size ?? 0,
    hasListener: (job) => listening.has(job),
    publish({ changed, loose }) {
      const touched = new Set<Outlet>()
      for (const event of loose) {
        if (listening.mayBeWanted(event)) early.keep(event)
        for (const outlet of listening.outletsOf(event.job)) {
          addLoose(outlet, event)
          touched.add(outlet)
        }
      }
      for (const job of changed) {
        for (const outlet of listening.outletsOf(job)) {
          for (const subscription of outlet.byJob.get(job) ?? []) subscription.statusDue = true
          outlet.due.add(job)
          touched.add(outlet)
        }
      }
      for (const outlet of touched) poke(outlet)
    },
    close() {
      closed = true
      for (const outlet of outlets.values()) discard(outlet)
    },
  }
}
