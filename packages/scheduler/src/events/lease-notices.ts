/**
 * Tells a worker of ours at once which of its leases are over, and which slices were withdrawn from
 * others. It may be lost: of leases that are over the worker hears from its next heartbeat, and what it
 * computes of withdrawn slices is taken for the repetition that it is. One notice at a time is on its
 * way to a session; what happens meanwhile travels in the next one. Official workers know no such
 * message: they do not subscribe to it, and learn it when they bring a result.
 */
import { noticeLeasesMax } from '../limits.ts'
import { workerKey } from '../tasks/live-workers.ts'
import { emptyNotice, encodeNotice, gatherNotice, isEmptyNotice } from './lease-notice.ts'
import type { LeaseNews, LeaseNotice } from './lease-notice.ts'
import type { Subscription } from './subscription.ts'

export interface LeaseNotices {
  /** Takes up the subscription of a worker that names itself by `worker`. */
  add(subscription: Subscription, worker: string): void
  remove(subscription: Subscription): void
  tell(news: LeaseNews): void
}

interface Listener {
  readonly subscription: Subscription
  readonly key: string
  /** What it is to hear after the notice that is on its way. */
  waiting: LeaseNotice
  isBeingTold: boolean
}

/** `boot` is unique for the life of this process: event ids begin with it. */
export function createLeaseNotices({ boot }: { readonly boot: string }): LeaseNotices {
  const byWorker = new Map<string, Set<Listener>>()
  const listeners = new Map<Subscription, Listener>()
  let count = 0

  function remove(subscription: Subscription): void {
    const listener = listeners.get(subscription)
    if (listener === undefined) return
    listeners.delete(subscription)
    const others = byWorker.get(listener.key)
    others?.delete(listener)
    if (others?.size === 0) byWorker.delete(listener.key)
  }

  function send(listener: Listener): void {
    const { subscription, waiting } = listener
    if (listener.isBeingTold || isEmptyNotice(waiting) || !listeners.has(subscription)) return
    listener.waiting = emptyNotice()
    listener.isBeingTold = true
    count += 1
    const event = { eventId: `${boot}l${count}`, data: encodeNotice(waiting) }
    const { session, token } = subscription
    session
      .request('event', { token, event })
      // Nothing depends on a notice: who did not get it loses time only.
      .catch(() => undefined)
      .finally(() => {
        listener.isBeingTold = false
        send(listener)
      })
  }

  return {
    add(subscription, worker) {
      const { owner, session } = subscription
      if (session.ended.aborted) return
      // Who listens under the name of another worker has another key, and hears nothing of it.
      const key = workerKey(owner, worker)
      const listener = { subscription, key, waiting: emptyNotice(), isBeingTold: false }
      listeners.set(subscription, listener)
      byWorker.set(key, (byWorker.get(key) ?? new Set()).add(listener))
      session.ended.addEventListener('abort', () => remove(subscription), { once: true })
    },
    remove,
    tell(news) {
      for (const [key, notice] of news) {
        for (const listener of byWorker.get(key) ?? []) {
          if (!listener.subscription.ready) continue
          gatherNotice(listener.waiting, notice, noticeLeasesMax)
          send(listener)
        }
      }
    },
  }
}
