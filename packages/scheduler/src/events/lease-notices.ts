/**
 * Tells a worker of ours at once which of its leases are over because their job ended; without this
 * it would learn so from its next heartbeat. Told once, to the sessions on which it listens now: what
 * is lost on the way the heartbeat tells again. Official workers know no such message: they are
 * refused when they bring a result.
 */
import { workerKey } from '../tasks/live-workers.ts'
import type { Subscription } from './subscription.ts'

export interface LeaseNotices {
  /** Takes up the subscription of a worker that names itself by `worker`. */
  add(subscription: Subscription, worker: string): void
  remove(subscription: Subscription): void
  /** Leases that are over, by the key of their worker. */
  tell(over: ReadonlyMap<string, readonly string[]>): void
}

/** The label that a worker subscribes to with the filter `{worker: id}`. */
export const leasesLabel = 'leases'

/** `boot` is unique for the life of this process: event ids begin with it. */
export function createLeaseNotices({ boot }: { readonly boot: string }): LeaseNotices {
  const byWorker = new Map<string, Set<Subscription>>()
  const keys = new Map<Subscription, string>()
  let count = 0

  function remove(subscription: Subscription): void {
    const key = keys.get(subscription)
    if (key === undefined) return
    keys.delete(subscription)
    const listeners = byWorker.get(key)
    listeners?.delete(subscription)
    if (listeners?.size === 0) byWorker.delete(key)
  }

  return {
    add(subscription, worker) {
      const { owner, session } = subscription
      if (session.ended.aborted) return
      // Who listens under the name of another worker has another key, and hears nothing of it.
      const key = workerKey(owner, worker)
      keys.set(subscription, key)
      byWorker.set(key, (byWorker.get(key) ?? new Set()).add(subscription))
      session.ended.addEventListener('abort', () => remove(subscription), { once: true })
    },
    remove,
    tell(over) {
      for (const [key, leases] of over) {
        for (const { ready, session, token } of byWorker.get(key) ?? []) {
          if (!ready) continue
          count += 1
          const data = { eventName: leasesLabel, void: leases }
          // Who does not answer hears it from its next heartbeat.
          session
            .request('event', { token, event: { eventId: `${boot}l${count}`, data } })
            .catch(() => undefined)
        }
      }
    },
  }
}
