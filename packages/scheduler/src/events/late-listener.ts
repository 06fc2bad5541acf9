/**
 * The official client inside Python listens for the end of a job only in `job.wait()`, after `exec` has
 * returned: an end that comes between the two is lost, and the program waits for ever. Waiting can be
 * seen: it asks for the label `complete` in a request of its own. The end is held until then; for
 * programs that never wait, or listen to `complete` all along, until `exec` must have returned.
 */
import type { ServerSession } from '@manyhands/connection'
import { stopHoldMs } from '../limits.ts'
import type { Subscription } from './subscription.ts'

function listensLate({ userAgent = '' }: Pick<ServerSession, 'userAgent'>): boolean {
  return userAgent.includes('PythonMonkey/')
}

/** The job is closed, and the subscriber knows its token: `exec` is about to return. */
export function noteClosed(subscription: Subscription, now: number): void {
  subscription.stopHeldUntil ??= listensLate(subscription.session) ? now + stopHoldMs : -Infinity
}

/** A session that has subscriptions to a job asks for one more: perhaps because its program waits. */
export function noteWaiting(others: Iterable<Subscription>, { label }: Subscription): void {
  if (label !== 'complete') return
  for (const other of others) {
    // One that is not ready was asked for in the same request.
    if (other.kind === 'stop' && other.ready) other.stopHeldUntil = -Infinity
  }
}
