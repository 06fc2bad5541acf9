/**
 * One round of events to one subscriber: what its subscriptions are owed now, within the limits of a
 * message, results before the end of their job, unless it was cancelled. Everything but the loose
 * events is read from the database, so a slow subscriber costs no memory.
 */
import { DcpError, encodeSliceSet, parseSliceSet, slicesIn, sliceSetOf } from '@manyhands/protocol'
import type { Transaction } from '@manyhands/service'
import { getJob } from '../jobs/jobs-store.ts'
import type { JobRecord } from '../jobs/jobs-store.ts'
import { distributed } from '../jobs/live-job.ts'
import { isLive } from '../jobs/job.ts'
import {
  eventsPerRoundMax,
  resultsBytesMax,
  resultsPerEventMax,
  statusMs,
  statusRidingMs,
} from '../limits.ts'
import { endOfRun, readColumn, resultsAfter } from '../results/results-store.ts'
import type { StoredColumn } from '../results/results-store.ts'
import type { RowValue } from '../values/row-value.ts'
import type { EarlyEvents } from './early-events.ts'
import { lastEvent } from './events-store.ts'
import { noteClosed } from './late-listener.ts'
import type { LooseEvent } from './loose-event.ts'
import type { Shelf } from '../values/shelf.ts'
import type { Subscription } from './subscription.ts'

type EventData = Readonly<Record<string, unknown>>

export interface OutgoingEvent {
  readonly subscription: Subscription
  /** What waits for a value on the shelf is asked for when the event is sent. */
  readonly data: EventData | ((shelf: Shelf) => Promise<EventData>)
  /** The position of results that is reached when this is acknowledged. */
  readonly seq?: number
}

export interface Round {
  readonly events: readonly OutgoingEvent[]
  /** Jobs that may have more to tell when these events are answered. */
  readonly again: ReadonlySet<number>
  /** When a `status` that was put off becomes due. */
  readonly wakeAt: number | undefined
}

/** Subscriptions of one session by the job they are about. */
export type ByJob = ReadonlyMap<number, ReadonlySet<Subscription>>

export function composeRound(
  tx: Transaction,
  subscriptions: ByJob,
  jobs: Iterable<number>,
  loose: LooseEvent[],
  now: number,
  early: Pick<EarlyEvents, 'keep'>,
): Round {
  const events: OutgoingEvent[] = []
  const again = new Set<number>()
  takeLoose(subscriptions, loose, events, early)
  let wakeAt: number | undefined
  for (const no of jobs) {
    const all = [...(subscriptions.get(no) ?? [])]
    const group = all.filter(({ ready }) => ready)
    const job = group.length === 0 ? undefined : getJob(tx, no)
    if (job === undefined) continue
    const before = events.length
    const ended = !isLive(job.state)
    if (ended || job.closed) for (const subscription of group) noteClosed(subscription, now)
    let behind = false
    let isOwed = false
    for (const subscription of group) {
      if (!addResults(tx, job, subscription, events)) continue
      behind = true
      // Who cancels a job that is far ahead of a reader of single results need not wait for them all.
      isOwed ||= subscription.kind === 'column' || job.state !== 'cancelled'
    }
    const withResults = events.length > before
    for (const subscription of group) {
      const at = addStatus(job, subscription, events, now, { ended, withResults })
      if (at === undefined) continue
      wakeAt = Math.min(wakeAt ?? Infinity, at)
      again.add(no)
    }
    // The end also waits for results whose subscription is still on its way.
    const isWaited = all.some(({ kind, ready }) => !ready && (kind === 'row' || kind === 'column'))
    if (ended && !isOwed && !isWaited) {
      for (const subscription of group) {
        const at = addStop(tx, job, subscription, events, now)
        if (at === undefined) continue
        wakeAt = Math.min(wakeAt ?? Infinity, at)
        again.add(no)
      }
    }
    if (behind || events.length > before) again.add(no)
  }
  return { events, again, wakeAt }
}

function takeLoose(
  byJob: ByJob,
  loose: LooseEvent[],
  events: OutgoingEvent[],
  early: Pick<EarlyEvents, 'keep'>,
): void {
  while (loose.length > 0 && events.length < eventsPerRoundMax) {
    const event = loose.shift()
    if (event === undefined) return
    for (const subscription of byJob.get(event.job) ?? []) {
      if (subscription.label !== event.label) continue
      if (!subscription.ready) early.keep(event)
      else events.push({ subscription, data: eventData(subscription, event.body) })
    }
  }
}

/** True when more results wait than were added. */
function addResults(
  tx: Transaction,
  job: JobRecord,
  subscription: Subscription,
  events: OutgoingEvent[],
): boolean {
  if (subscription.kind !== 'column' && subscription.kind !== 'row') return false
  const { pushed } = subscription
  const isColumn = subscription.kind === 'column'
  if (pushed >= job.seq) return false
  const room = Math.max(0, eventsPerRoundMax - events.length)
  const count = isColumn ? resultsPerEventMax : room
  if (room === 0) return true
  const end = endOfRun(tx, job.no, pushed, { count, bytes: resultsBytesMax })
  if (isColumn) {
    const stored = readColumn(tx, job.no, pushed, end)
    const data =
      stored.absent.length === 0
        ? columnData(subscription, end, stored)
        : async (shelf: Shelf) =>
            columnData(subscription, end, without(stored, await shelf.completeMost(stored)))
    events.push({ subscription, data, seq: end })
  } else {
    const rows = resultsAfter(tx, job.no, pushed, end)
    if (rows.length === 0) subscription.pushed = end
    for (const { slice, seq, value } of rows) {
      events.push({ subscription, data: resultData(subscription, slice, value), seq })
    }
  }
  return end < job.seq
}

function columnData(
  subscription: Subscription,
  seq: number,
  { slices, values }: Pick<StoredColumn, 'slices' | 'values'>,
): EventData {
  const column = { _serializeVerId: 'v8', what: { arr: values } }
  return eventData(subscription, { seq, slices, values: column })
}

/** A column without the values that were lost: whoever fetches what is missing learns of it. */
function without(
  { slices, values }: StoredColumn,
  lost: ReadonlySet<number>,
): Pick<StoredColumn, 'slices' | 'values'> {
  if (lost.size === 0) return { slices, values }
  if (lost.size === values.length) throw new DcpError('ENOENT', 'there are no such values')
  const isThere = (_: unknown, index: number): boolean => !lost.has(index)
  const left = [...slicesIn(parseSliceSet(slices))].filter(isThere)
  return { slices: encodeSliceSet(sliceSetOf(left)), values: values.filter(isThere) }
}

function resultData(
  subscription: Subscription,
  sliceNumber: number,
  value: RowValue,
): OutgoingEvent['data'] {
  return async (shelf) => {
    const result = { request: 'main', result: await shelf.uri(value, subscription.session) }
    return eventData(subscription, { sliceNumber, result })
  }
}

/** The time when a status that is put off may be sent. */
function addStatus(
  job: JobRecord,
  subscription: Subscription,
  events: OutgoingEvent[],
  now: number,
  { ended, withResults }: { readonly ended: boolean; readonly withResults: boolean },
): number | undefined {
  if (subscription.kind !== 'state' || !subscription.statusDue) return undefined
  const after = subscription.statusAfter - (withResults ? statusMs - statusRidingMs : 0)
  if (!ended && now < after) return subscription.statusAfter
  subscription.statusDue = false
  subscription.statusAfter = now + statusMs
  const { state: runStatus, total, computed, cpuMs, gpuMs, bytes } = job
  // What a slice takes on average is told by the sums: clients that do not ask for it leave them.
  const sums = { cpuMs, gpuMs, outputBytes: bytes }
  const body = { runStatus, total, distributed: distributed(job), computed, ...sums }
  events.push({ subscription, data: eventData(subscription, body) })
  return undefined
}

/** The time when the end may be told, or told again. */
function addStop(
  tx: Transaction,
  job: JobRecord,
  subscription: Subscription,
  events: OutgoingEvent[],
  now: number,
): number | undefined {
  if (subscription.kind !== 'stop' || subscription.stopAfter === Infinity) return undefined
  const after = Math.max(subscription.stopAfter, subscription.stopHeldUntil ?? -Infinity)
  if (now < after) return after
  const stop = lastEvent(tx, job.no, 'stop')
  if (stop !== undefined) events.push({ subscription, data: eventData(subscription, stop.body) })
  return undefined
}

function eventData({ label, jobName }: Subscription, body: EventData): EventData {
  return { eventName: label, job: jobName, ...body }
}
