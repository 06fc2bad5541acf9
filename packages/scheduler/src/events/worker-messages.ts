/**
 * Messages to workers (operations §7.7): told once to whoever listens now. A message goes to workers of
 * one identity; an administrator may send one to all.
 */
import { addressAlias } from '../jobs/jobs-store.ts'
import type { Subscription } from './subscription.ts'

export interface WorkerMessage {
  /** Alias of the identity whose workers are meant; undefined: all workers. */
  readonly target: string | undefined
  readonly command: string
  readonly payload: Readonly<Record<string, unknown>>
}

export interface WorkerMessages {
  /** Takes up a subscription that its session's end, or `remove`, ends. */
  add(subscription: Subscription): void
  remove(subscription: Subscription): void
  /** How many listeners are told. */
  tell(message: WorkerMessage): number
}

/** The labels that messages to one identity and to all workers come under. */
const messageLabels = { one: 'schedmsg::command', all: 'schedmsg::broadcast' } as const

const labels: readonly string[] = Object.values(messageLabels)

export function isMessageLabel(label: string): boolean {
  return labels.includes(label)
}

/** `boot` is unique for the life of this process: event ids begin with it. */
export function createWorkerMessages({ boot }: { readonly boot: string }): WorkerMessages {
  const listeners = new Set<Subscription>()
  let count = 0

  return {
    add(subscription) {
      const { ended } = subscription.session
      if (ended.aborted) return
      listeners.add(subscription)
      ended.addEventListener('abort', () => listeners.delete(subscription), { once: true })
    },
    remove(subscription) {
      listeners.delete(subscription)
    },
    tell({ target, command, payload }) {
      const eventName = target === undefined ? messageLabels.all : messageLabels.one
      let told = 0
      for (const { label, owner, ready, session, token } of listeners) {
        if (label !== eventName || !ready) continue
        if (target !== undefined && addressAlias(owner) !== target) continue
        told += 1
        count += 1
        const event = { eventId: `${boot}m${count}`, data: { eventName, command, payload } }
        // Who does not answer does not listen: the end of its session forgets it.
        session.request('event', { token, event }).catch(() => undefined)
      }
      return told
    },
  }
}
