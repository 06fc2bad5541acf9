/**
 * Sends the events of one round to a session, all at once, and notes what was acknowledged: the
 * position of each subscriber, ends of jobs that were told, tokens that are known no longer.
 */
import type { Clock, Logger } from '@manyhands/protocol'
import { stopRepeatMs, stopRepeatsMax } from '../limits.ts'
import type { Turns } from '../turn.ts'
import type { Shelf } from '../values/shelf.ts'
import { writePushed } from './events-store.ts'
import type { Listening } from './listening.ts'
import type { Outlet } from './outlet.ts'
import type { OutgoingEvent } from './round.ts'
import type { Subscription } from './subscription.ts'

export interface DeliveryDeps {
  readonly turns: Turns
  readonly shelf: Shelf
  readonly clock: Clock
  readonly logger: Logger
  /** Unique for the life of this process: event ids begin with it. */
  readonly boot: string
}

/** Resolves to false when the session is over. */
export type Deliver = (outlet: Outlet, events: readonly OutgoingEvent[]) => Promise<boolean>

export function createDelivery(deps: DeliveryDeps, listening: Pick<Listening, 'unlink'>): Deliver {
  const { turns, shelf, clock, logger, boot } = deps
  let eventCount = 0

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

  return async function deliver(
    outlet: Outlet,
    events: readonly OutgoingEvent[],
  ): Promise<boolean> {
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
        listening.unlink(outlet, event.subscription)
        continue
      }
      if (event.subscription.kind === 'stop') noteStop(outlet, event.subscription)
      if (event.seq !== undefined) served.set(event.subscription, event.seq)
    }
    for (const [subscription, seq] of served) subscription.pushed = seq
    remember(served)
    return true
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
