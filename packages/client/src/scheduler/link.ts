/**
 * The one connection of a client to its scheduler: opened when first needed, kept while a job or a
 * request uses it, closed when nothing did for a while.
 */
import type { Connection } from '@manyhands/connection'
import {
  type CancelTimer,
  type Clock,
  DcpError,
  type Logger,
  type Random,
} from '@manyhands/protocol'

import { limits } from '../limits.ts'
import { type Subscriptions, createSubscriptions } from './subscriptions.ts'

/** The right to use the connection, until `release`. */
export interface Lease {
  readonly connection: Connection
  readonly subscriptions: Subscriptions
  release(): void
}

export interface SchedulerLink {
  acquire(): Promise<Lease>
  /**
   * One request, `service.operation`. Everything a client asks may be asked twice: it is sent again
   * when the session is lost.
   */
  request(operation: string, data: unknown): Promise<unknown>
  /** Aborted by `close`, with the error for whatever was still waiting. */
  readonly closed: AbortSignal
  close(): Promise<void>
}

export interface LinkDeps {
  /** Opens the connection to the scheduler's location for all services. */
  readonly connect: () => Connection | Promise<Connection>
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

interface Open {
  readonly connection: Connection
  readonly subscriptions: Subscriptions
}

export function createLink({ connect, clock, random, logger }: LinkDeps): SchedulerLink {
  let open: Promise<Open> | undefined
  let uses = 0
  const closing = new AbortController()
  let cancelIdle: CancelTimer | undefined

  async function establish(): Promise<Open> {
    const connection = await connect()
    return { connection, subscriptions: createSubscriptions(connection, { clock, random, logger }) }
  }

  async function shut(): Promise<void> {
    cancelIdle?.()
    const current = open
    open = undefined
    if (current !== undefined) await (await current).connection.close()
  }

  function release(): void {
    uses -= 1
    if (uses > 0 || closing.signal.aborted) return
    cancelIdle = clock.setTimer(limits.idleCloseMs, () => {
      shut().catch((error: unknown) => logger.warn('closing the idle connection failed', { error }))
    })
  }

  async function acquire(): Promise<Lease> {
    closing.signal.throwIfAborted()
    uses += 1
    cancelIdle?.()
    let released = false
    const releaseOnce = (): void => {
      if (!released) release()
      released = true
    }
    try {
      open ??= establish()
      return { ...(await open), release: releaseOnce }
    } catch (error) {
      // The next use tries again.
      open = undefined
      releaseOnce()
      throw error
    }
  }

  return {
    acquire,
    async request(operation, data) {
      const lease = await acquire()
      try {
        return await lease.connection.request(operation, data, { idempotent: true })
      } finally {
        lease.release()
      }
    },
    closed: closing.signal,
    async close() {
      closing.abort(new DcpError('EPIPE', 'the client was closed'))
      await shut()
    },
  }
}
