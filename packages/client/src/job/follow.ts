/**
 * Follows a deployed job by its events until it stops. Labels nobody listens to are not subscribed;
 * a listener added later subscribes on demand.
 */
import type { OutgoingRequest } from '@manyhands/connection'
import {
  DcpError,
  type ErrorCode,
  type ResultsEvent,
  type SliceSet,
  firstSlices,
  sliceCount,
} from '@manyhands/protocol'

import type { ClientContext } from '../context.ts'
import type { WireEvent } from '../events/job-events.ts'
import { type Collector, createCollector } from '../results/collector.ts'
import { fetchPages } from '../results/stored-results.ts'
import type { Lease } from '../scheduler/link.ts'
import type { Subscription } from '../scheduler/subscriptions.ts'
import type { RunListener } from './run.ts'

export interface Follower {
  /** Resolves when the job has finished and every result is told; rejects when it was cancelled. */
  readonly ended: Promise<void>
  /** What subscribes the labels that are wanted now; to be sent, and `confirm`ed when answered. */
  readonly requests: readonly OutgoingRequest[]
  confirm(): void
  /** Subscribes a label that was not wanted before. */
  want(label: string): void
  /** Ends it with an error of this side. */
  fail(error: unknown): void
  /** Why it ended badly, if it did. */
  failure(): unknown
  /** Unsubscribes everything and releases the connection; nobody needs to wait for it. */
  close(): void
}

export interface FollowOptions {
  readonly context: ClientContext
  readonly job: string
  readonly lease: Lease
  readonly listener: RunListener
}

/** Always subscribed; the others when somebody listens. */
const always = ['stop', 'nofunds', 'status'] as const
const onDemand = ['results', 'console', 'error', 'noprogress', 'custom'] as const

interface StopEvent {
  readonly runStatus?: string
  readonly sliceCount?: number
  readonly reason?: string
  readonly code?: string
  readonly error?: { readonly name?: string; readonly message?: string }
}

/** The error of a job that was cancelled, under the code the scheduler gave. */
function stopError({ reason, code, error, runStatus }: StopEvent): DcpError {
  const message = reason === undefined || reason === '' ? `the job is ${runStatus}` : reason
  // A reason may quote the last error already.
  const isSaid = error?.message === undefined || message.includes(error.message)
  const cause = isSaid ? '' : `. Recent error: ${error.message}`
  const options = error === undefined ? {} : { details: { error } }
  return new DcpError((code ?? 'ECANCEL') as ErrorCode, `${message}${cause}`, options)
}

/** Ends `exec` when nobody listens for want of funds, and so nobody would pay. */
function fundsError({ fundsRequired }: WireEvent): DcpError {
  const missing = typeof fundsRequired === 'string' ? `: ${fundsRequired} credits are missing` : ''
  return new DcpError('ENOFUNDS', `the job is paused for want of funds${missing}`, {
    details: { fundsRequired },
  })
}

/** Fetches what was never pushed: first what is numbered after the floor, then slice by slice. */
async function collectMissing(
  { context, job }: FollowOptions,
  collector: Collector,
  total: number,
): Promise<SliceSet> {
  const missing = collector.missing(total)
  if (missing.length === 0) return missing
  for await (const page of fetchPages(context, job, missing)) collector.take(page)
  return collector.missing(total)
}

export function follow(options: FollowOptions): Follower {
  const { context, job, lease, listener } = options
  const subscriptions = new Map<string, Subscription>()
  let confirmed = false
  let settle: { resolve: () => void; reject: (error: unknown) => void } | undefined
  const ended = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject }
  })
  // Whoever follows awaits `ended`; this keeps an early failure from being called unhandled.
  ended.catch(() => undefined)
  let failure: unknown
  const fail = (error: unknown): void => {
    failure ??= error
    settle?.reject(error)
  }
  const onClosed = (): void => fail(context.link.closed.reason)
  context.link.closed.addEventListener('abort', onClosed)

  const collector = createCollector((slice, value) => listener.result(slice, value))

  async function finish(total: number): Promise<void> {
    if (subscriptions.has('results')) {
      const before = sliceCount(collector.missing(total))
      const missing = await collectMissing(options, collector, total)
      if (before > 0) listener.updated()
      if (missing.length > 0) {
        context.logger.warn('results were deleted before they were read', {
          job,
          slices: firstSlices(missing, 10),
        })
      }
    }
    settle?.resolve()
  }

  function stopped(event: StopEvent): void {
    const { runStatus, sliceCount: total } = event
    if (runStatus !== 'finished') fail(stopError(event))
    else finish(total ?? 0).catch(fail)
  }

  function receive(label: string, data: WireEvent): void {
    if (label !== 'results') {
      listener.event(label, data)
      if (label === 'stop') stopped(data as StopEvent)
      if (label === 'nofunds' && !listener.wants(label)) fail(fundsError(data))
      return
    }
    try {
      if (collector.take(data as unknown as ResultsEvent) > 0) listener.updated()
    } catch (error) {
      fail(error)
    }
  }

  function subscribe(label: string): Subscription {
    const subscription = lease.subscriptions.prepare({
      label,
      job,
      receive: (data) => receive(label, data),
      failed: fail,
      ...(label === 'results' ? { from: () => collector.floor() } : {}),
    })
    subscriptions.set(label, subscription)
    return subscription
  }

  const labels = [...always, ...onDemand.filter((label) => listener.wants(label))]
  const requests = labels.map((label) => subscribe(label).request)

  async function subscribeNow(label: string): Promise<void> {
    const subscription = subscribe(label)
    const { operation, data } = subscription.request
    await lease.connection.request(operation, data, { idempotent: true })
    subscription.confirm()
  }

  function want(label: string): void {
    // Before the job is deployed there is nothing to subscribe to; `confirm` catches up.
    if (!confirmed || subscriptions.has(label)) return
    subscribeNow(label).catch(fail)
  }

  async function unsubscribe(): Promise<void> {
    await Promise.all([...subscriptions.values()].map((subscription) => subscription.end()))
    lease.release()
  }

  return {
    ended,
    requests,
    fail,
    failure: () => failure,
    want,
    confirm() {
      confirmed = true
      for (const subscription of subscriptions.values()) subscription.confirm()
      for (const label of onDemand) if (listener.wants(label)) want(label)
    },
    close() {
      context.link.closed.removeEventListener('abort', onClosed)
      void unsubscribe()
    },
  }
}

/** Ends as the job does, and unsubscribes it. */
export function untilClosed(follower: Follower): Promise<void> {
  async function end(): Promise<void> {
    try {
      await follower.ended
    } finally {
      follower.close()
    }
  }
  const ended = end()
  ended.catch(() => undefined)
  return ended
}
