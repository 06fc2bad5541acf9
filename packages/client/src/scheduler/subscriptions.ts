/**
 * The subscriptions of a client's jobs. The client chooses the tokens, so that a subscription can
 * travel in one batch with the job it is for; a new session subscribes everything again.
 */
import type { Connection, OutgoingRequest } from '@manyhands/connection'
import {
  type CancelTimer,
  type Clock,
  DcpError,
  type Logger,
  type Random,
} from '@manyhands/protocol'

import type { WireEvent } from '../events/job-events.ts'
import { limits } from '../limits.ts'

interface SubscriptionOptions {
  readonly label: string
  /** Job id, as the filter names it. */
  readonly job: string
  receive(data: WireEvent): void
  /** For labels that can be replayed: the sequence number to go on after. */
  readonly from?: () => number
  /** The subscription could not be renewed: no events will come. */
  failed(error: unknown): void
}

export interface Subscription {
  /** What to send; the events may come before its answer. */
  readonly request: OutgoingRequest
  /** The request was answered: renew it when the session is lost. */
  confirm(): void
  /** Forgets it here at once; the scheduler is told with the next message to it, or soon. */
  end(): Promise<void>
}

export interface Subscriptions {
  prepare(options: SubscriptionOptions): Subscription
  /** What the scheduler still has to be told about those that have ended, for a batch that leaves now. */
  takeEnded(): readonly OutgoingRequest[]
}

interface Entry extends SubscriptionOptions {
  readonly token: string
  confirmed: boolean
}

const tokenLength = 22

interface EventRequest {
  readonly token?: unknown
  readonly event?: { readonly data?: unknown }
}

function requestOf({ label, job, token, from }: Entry): OutgoingRequest {
  const filter = { job }
  const options = from === undefined ? { filter } : { filter, from: from() }
  const data = { label, options, token }
  return { operation: 'eventRouter.subscribe', data, idempotent: true }
}

export function createSubscriptions(
  connection: Connection,
  deps: { readonly clock: Clock; readonly random: Random; readonly logger: Logger },
): Subscriptions {
  const { clock, random, logger } = deps
  const entries = new Map<string, Entry>()
  let farewells: OutgoingRequest[] = []
  let told: Promise<void> = Promise.resolve()
  let cancelTimer: CancelTimer | undefined
  let tell: () => void = () => undefined

  connection.onServerRequest((operation, data) => {
    if (operation !== 'event' && operation !== 'eventRouter.event') {
      throw new DcpError('EINVAL', `this client has no operation ${operation}`)
    }
    const { token, event } = (data ?? {}) as EventRequest
    const entry = entries.get(String(token))
    if (entry === undefined) {
      throw new DcpError('ENOENT', `there is no subscription for token ${String(token)}`)
    }
    if (typeof event?.data !== 'object' || event.data === null) {
      throw new DcpError('EINVAL', 'the event has no data')
    }
    entry.receive(event.data as WireEvent)
    return 'success'
  })

  async function renew(entry: Entry): Promise<void> {
    const { operation, data } = requestOf(entry)
    try {
      await connection.request(operation, data, { idempotent: true })
    } catch (error) {
      if (!entries.has(entry.token)) return
      logger.warn('a subscription could not be renewed', { label: entry.label, job: entry.job })
      entry.failed(error)
    }
  }

  connection.onSession(() => {
    for (const entry of entries.values()) if (entry.confirmed) void renew(entry)
  })

  /** Nobody waits for these, and a message of their own would be in the way of the next job. */
  function sayFarewell(farewell: OutgoingRequest): Promise<void> {
    if (farewells.length === 0) {
      told = new Promise((resolve) => (tell = resolve))
      cancelTimer = clock.setTimer(limits.farewellMs, tellEnded, { background: true })
    }
    farewells.push(farewell)
    return told
  }

  function takeEnded(): readonly OutgoingRequest[] {
    cancelTimer?.()
    const taken = farewells
    farewells = []
    tell()
    return taken
  }

  function tellEnded(): void {
    connection
      .batch(takeEnded())
      .catch((error: unknown) => logger.debug('unsubscribing failed', { error }))
  }

  return {
    takeEnded,
    prepare(options) {
      const entry: Entry = {
        label: options.label,
        job: options.job,
        receive: (data) => options.receive(data),
        failed: (error) => options.failed(error),
        ...(options.from === undefined ? {} : { from: options.from }),
        token: random.token(tokenLength),
        confirmed: false,
      }
      entries.set(entry.token, entry)
      return {
        request: requestOf(entry),
        confirm() {
          entry.confirmed = true
        },
        end() {
          entries.delete(entry.token)
          const data = { label: entry.label, token: entry.token }
          return sayFarewell({ operation: 'eventRouter.unsubscribe', data, idempotent: true })
        },
      }
    },
  }
}
