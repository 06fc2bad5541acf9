/** Subscribes to a label of a job. The same request again is the same subscription. */
import { DcpError } from '@manyhands/protocol'
import type { Address } from '@manyhands/protocol'
import type { ServerSession } from '@manyhands/connection'
import { findOwnJob } from '../jobs/find-job.ts'
import { writeContact } from '../jobs/jobs-store.ts'
import { subscriptionsMax } from '../limits.ts'
import type { Turn } from '../turn.ts'
import { pushedSeq } from './events-store.ts'
import type { Router } from './router.ts'
import { createSubscription } from './subscription.ts'
import type { Subscription } from './subscription.ts'

export interface SubscribeRequest {
  readonly label: string
  readonly filter: Readonly<Record<string, unknown>>
  readonly from?: number | undefined
  readonly token?: string | undefined
}

export interface Subscriber {
  readonly session: ServerSession
  readonly peer: Address
}

export interface Subscribed {
  readonly subscription: Subscription
  readonly isNew: boolean
}

/** @throws DcpError `ENOENT`, `EPERM` for jobs, `EBUSY` when the session has too many. */
export function subscribe(
  turn: Turn,
  router: Router,
  { session, peer }: Subscriber,
  request: SubscribeRequest,
): Subscribed {
  const filterText = JSON.stringify(request.filter)
  const { label, token, from } = request
  const known = router.find(
    session,
    token === undefined ? { like: { label, filterText } } : { token },
  )
  if (known !== undefined) return { subscription: known, isNew: false }
  if (router.count(session) >= subscriptionsMax) {
    throw new DcpError('EBUSY', `more than ${subscriptionsMax} subscriptions on one connection`)
  }
  const jobName = typeof request.filter['job'] === 'string' ? request.filter['job'] : undefined
  const jobNo = jobName === undefined ? undefined : ownJob(turn, jobName, peer)
  const pushed =
    from ??
    (jobNo === undefined || label === 'results' ? 0 : pushedSeq(turn.tx, peer, jobNo, label))
  const subscription = createSubscription(
    { label, filterText, jobName, jobNo, owner: peer, from, token: token ?? turn.random.token(22) },
    session,
    pushed,
  )
  return { subscription, isNew: true }
}

function ownJob(turn: Turn, name: string, peer: Address): number {
  const { record, live } = findOwnJob(turn, name, peer)
  if (live !== undefined && turn.now - live.lastContact > contactMs) {
    live.lastContact = turn.now
    writeContact(turn.tx, live.no, turn.now)
  }
  return record.no
}

/** A sign of life of a job's owner is written down no more often than this. */
const contactMs = 60_000
