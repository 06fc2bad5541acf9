/**
 * Carries events to subscribers: at most one round is in flight for each session, and the next one is
 * composed when the last one is answered. What was acknowledged is remembered per owner, so that a
 * subscriber that comes back goes on where it was.
 */
import type { ServerSession } from '@manyhands/connection'
import type { CancelTimer, Clock, Logger } from '@manyhands/protocol'
import { earlyEventMs, looseEventsMax, stopRepeatMs, stopRepeatsMax } from '../limits.ts'
import type { Aftermath, Turns } from '../turn.ts'
import type { Shelf } from '../values/shelf.ts'
import { createEarlyEvents } from './early-events.ts'
import { writePushed } from './events-store.ts'
import type { LooseEvent } from './loose-event.ts'
import { composeRound } from './round.ts'
import type { OutgoingEvent } from './round.ts'
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

/** Sessions that listen to a job. */
interface Listeners {
  readonly outlets: Set<Outlet>
  /** When the first of them began. */
  readonly since: number
}

interface Outlet {
  readonly session: ServerSession
  readonly subscriptions: Map<string, Subscription>
  readonly byJob: Map<number, Set<Subscription>>
  /** Jobs that may have something to tell. */
  due: Set<number>
  /** Jobs that have something to tell at `wakeAt`. */
  readonly asleep: Set<number>
  wakeAt: number
  readonly loose: LooseEvent[]
  dropped: number
  busy: boolean
  cancelTimer: CancelTimer | undefined
}

export interface RouterDeps {
  readonly turns: Turns
  readonly shelf: Shelf
  readonly clock: Clock
  readonly logger: Logger
  /** Unique for the life of this process: event ids begin with it. */
  readonly boot: string
}

export function createRouter(deps: RouterDeps): Router {
  const { turns, shelf, clock, logger, boot } = deps
  const outlets = new Map<ServerSession, Outlet>()
  const listening = new Map<number, Listeners>()
  const early = createEarlyEvents(clock)
  let eventCount = 0
  let closed = false

  function outletOf(session: ServerSession): Outlet {
    const known = outlets.get(session)
    if (known !== undefined) return known
    const outlet: Outlet = {
      session,
      subscriptions: new Map(),
      byJob: new Map(),
      due: new Set(),
      asleep: new Set(),
      wakeAt: Infinity,
      loose: [],
      dropped: 0,
      busy: false,
      cancelTimer: undefined,
    }
    outlets.set(session, outlet)
    session.ended.addEventListener('abort', () => discard(outlet), { once: true })
    return outlet
  }

  function discard(outlet: Outlet): void {
    outlet.cancelTimer?.()
    for (const subscription of outlet.subscriptions.values()) unlink(outlet, subscription)
    outlets.delete(outlet.session)
  }

  function link(outlet: Outlet, subscription: Subscription): void {
    const { jobNo } = subscription
    outlet.subscriptions.set(subscription.token, subscription)
    if (jobNo === undefined) return
    const group = outlet.byJob.get(jobNo) ?? new Set()
    outlet.byJob.set(jobNo, group.add(subscription))
    const listeners = listening.get(jobNo) ?? { outlets: new Set(), since: clock.now() }
    listeners.outlets.add(outlet)
    listening.set(jobNo, listeners)
  }

  function unlink(outlet: Outlet, subscription: Subscription): void {
    const { jobNo, token } = subscription
    outlet.subscriptions.delete(token)
    if (jobNo === undefined) return
    const group = outlet.byJob.get(jobNo)
    group?.delete(subscription)
    if (group === undefined || group.size > 0) return
    outlet.byJob.delete(jobNo)
    const listeners = listening.get(jobNo)
    listeners?.outlets.delete(outlet)
    if (listeners?.outlets.size === 0) listening.delete(jobNo)
  }

  /** Clients ask for the labels of a job in several requests: who has just begun may want more. */
  function mayBeWanted({ job, label }: LooseEvent): boolean {
    const listeners = listening.get(job)
    if (listeners === undefined) return true
    if (clock.now() - listeners.since >= earlyEventMs) return false
    return ![...listeners.outlets].some(({ byJob }) =>
      [...(byJob.get(job) ?? [])].some((subscription) => subscription.label === label),
    )
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

  /** False when the session is over. */
  async function deliver(outlet: Outlet, events: readonly OutgoingEvent[]): Promise<boolean> {
    const all = await Promise.all(events.map(({ data }) => dataOf(data)))
    const replies = events.map(async ({ subscription }, index) => {
      const data = all[index]
      if (data === undefined) return told
      eventCount += 1
      const event = { eventId: `${boot}${eventCount}`, data }
      return outlet.session.request('event', { token: subscription.token, event })
    })
    const outcomes = await Promise.allSettled(replies)
    const served = new Map<Subscription, number>()
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome.status === 'rejected') return false
      const event = events[index]
      if (event === undefined) continue
      if (isStale(outcome.value)) {
        unlink(outlet, event.subscription)
        continue
      }
      if (event.subscription.kind === 'stop') noteStop(outlet, event.subscription)
      if (event.seq !== undefined) served.set(event.subscription, event.seq)
    }
    for (const [subscription, seq] of served) subscription.pushed = seq
    remember(served)
    return true
  }

  /**
   * Undefined when a value was taken away from the shelf: its event is left out, and whoever fetches
   * what is missing learns of it.
   */
  async function dataOf(data: OutgoingEvent['data']): Promise<unknown> {
    if (typeof data !== 'function') return data
    try {
      return await data(shelf)
    } catch (error) {
      logger.error('a result cannot be told: its value cannot be read', { error })
      return undefined
    }
  }

  /**
   * Official clients acknowledge an end that comes before `exec` listens to it, and then wait for
   * ever: they are told again, until they unsubscribe. Ours, who take results in columns, listen.
   */
  function noteStop(outlet: Outlet, subscription: Subscription): void {
    const { jobNo, stopsTold } = subscription
    subscription.stopsTold += 1
    const group = jobNo === undefined ? undefined : outlet.byJob.get(jobNo)
    const listens = [...(group ?? [])].some(({ kind }) => kind === 'column')
    const again = !listens && stopsTold < stopRepeatsMax
    subscription.stopAfter = again ? clock.now() + stopRepeatMs * 2 ** stopsTold : Infinity
  }

  /** Where official subscribers are is kept here; ours say themselves from where they want to go on. */
  function remember(served: ReadonlyMap<Subscription, number>): void {
    const rows = [...served].filter(([{ kind }]) => kind === 'row')
    if (rows.length === 0) return
    turns
      .take(({ tx }) => {
        for (const [{ owner, jobNo, label }, seq] of rows) {
          if (jobNo !== undefined) writePushed(tx, owner, jobNo, label, seq)
        }
      })
      .catch((error: unknown) => logger.warn('a delivery was not noted', { error }))
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
      link(outlet, subscription)
      answered.then(
        () => {
          subscription.ready = true
          if (jobNo !== undefined) {
            outlet.due.add(jobNo)
            for (const event of early.take(jobNo, subscription.label)) addLoose(outlet, event)
          }
          poke(outlet)
        },
        () => unlink(outlet, subscription),
      )
    },
    remove(subscription) {
      const outlet = outlets.get(subscription.session)
      if (outlet !== undefined) unlink(outlet, subscription)
    },
    count: (session) => outlets.get(session)?.subscriptions.size ?? 0,
    hasListener: (job) => listening.has(job),
    publish({ changed, loose }) {
      const touched = new Set<Outlet>()
      for (const event of loose) {
        if (mayBeWanted(event)) early.keep(event)
        for (const outlet of listening.get(event.job)?.outlets ?? []) {
          addLoose(outlet, event)
          touched.add(outlet)
        }
      }
      for (const job of changed) {
        for (const outlet of listening.get(job)?.outlets ?? []) {
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

/** What stands for the answer to an event that is not sent. */
const told = { success: true, payload: null }

/** The subscriber does not know the token any more; a repeated event is as good as delivered. */
function isStale(reply: { readonly success: boolean; readonly payload: unknown }): boolean {
  if (reply.success) return false
  const { payload } = reply
  const message =
    typeof payload === 'object' && payload !== null && 'message' in payload ? payload.message : ''
  return !String(message).includes('already been sent')
}
