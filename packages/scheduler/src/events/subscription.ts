/** What a subscriber asked for, and how far it was served. */
import type { ServerSession } from '@manyhands/connection'
import type { Address } from '@manyhands/protocol'

/**
 * column: many results in one event, positions kept by the client; row: one event for each result,
 * position kept here; state: `status`; stop: the end of the job; loose: told once or lost; mute: a
 * label that never fires.
 */
type SubscriptionKind = 'column' | 'row' | 'state' | 'stop' | 'loose' | 'mute'

const kinds: Readonly<Record<string, SubscriptionKind>> = {
  results: 'column',
  result: 'row',
  status: 'state',
  stop: 'stop',
  nofunds: 'loose',
  console: 'loose',
  error: 'loose',
  noprogress: 'loose',
  custom: 'loose',
}

/** Unknown labels get a token and never fire. */
function kindOfLabel(label: string): SubscriptionKind {
  return Object.hasOwn(kinds, label) ? (kinds[label] ?? 'mute') : 'mute'
}

export interface SubscriptionRequest {
  readonly label: string
  /** Text of the filter, by which a repeated request is recognised. */
  readonly filterText: string
  /** The job by the name the filter used; undefined for filters that name none. */
  readonly jobName: string | undefined
  readonly jobNo: number | undefined
  readonly owner: Address
  /** Position after which results are wanted; undefined: after what this owner was served with. */
  readonly from: number | undefined
  /** Chosen by the client, or drawn. */
  readonly token: string
}

export interface Subscription extends SubscriptionRequest {
  readonly kind: SubscriptionKind
  readonly session: ServerSession
  /** The reply with the token has arrived: events may be sent. */
  ready: boolean
  /** Results up to here were sent and acknowledged. */
  pushed: number
  /** When the next `status` may be sent; -Infinity for at once. */
  statusAfter: number
  statusDue: boolean
  /** When the end of the job may be told; Infinity when it was told often enough. */
  stopAfter: number
  /** When the end may be told for the first time; unknown before the job is closed. */
  stopHeldUntil: number | undefined
  /** How often the end of the job was told and acknowledged. */
  stopsTold: number
}

export function createSubscription(
  request: SubscriptionRequest,
  session: ServerSession,
  pushed: number,
): Subscription {
  return {
    ...request,
    kind: kindOfLabel(request.label),
    session,
    ready: false,
    pushed,
    statusAfter: -Infinity,
    statusDue: true,
    stopAfter: -Infinity,
    stopHeldUntil: undefined,
    stopsTold: 0,
  }
}
