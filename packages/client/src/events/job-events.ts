/**
 * The events of a job handle. Each carries both vocabularies: that of dcp-client 5 (`job`,
 * `sliceNumber`) and that of the Compute API 1.5.2 (`address`, `sliceIndex`, `task`, `sort`).
 */
import { unmarshal } from '@manyhands/protocol'

import type { ReadyState } from '../job/ready-state.ts'

export interface JobStatus {
  /** new, estimation, running, paused, finished or cancelled; undefined before deployment. */
  runStatus: string | undefined
  /** Slices of the job; undefined before deployment. */
  total: number | undefined
  distributed: number
  computed: number
}

/** Says which job, by both names. */
interface OfJob {
  readonly job: string
  readonly address: string
}

/** Says which slice, by both names; numbered from 1. */
interface OfSlice extends OfJob {
  readonly sliceNumber: number
  readonly sliceIndex: number
}

export interface StatusEvent extends OfJob, Readonly<JobStatus> {}

export interface ResultEvent<Out> extends OfJob {
  readonly sliceNumber: number
  /** What the work function returned. */
  readonly result: Out
  readonly task: number
  readonly sort: number
}

export interface ConsoleEvent extends OfSlice {
  readonly level: 'debug' | 'info' | 'log' | 'warn' | 'error'
  /** The arguments of the call. */
  readonly message: readonly unknown[]
  /**
   * How often in a row. An event that ends a run of equal messages has `same` as its only
   * enumerable member.
   */
  readonly same: number
}

export interface ErrorEvent extends OfSlice {
  readonly name: string
  readonly message: string
  readonly stack?: string
  readonly code?: string
  readonly timestamp?: unknown
}

export interface NoProgressEvent extends OfSlice {
  readonly message?: string
  readonly code?: string
  /** How long the slice ran, milliseconds. */
  readonly timestamp?: number
  readonly progressReports: { readonly last?: unknown; readonly lastUpdate?: unknown }
}

export interface NoFundsEvent extends OfJob {
  readonly runStatus: string
  readonly remainingSlices?: number
  readonly slicePaymentAmount?: unknown
  readonly fundsRequired?: string
}

/** What `work.emit(name, data)` becomes on `job.work`, under its own name. */
export interface WorkEvent extends OfSlice {
  readonly customEvent: string
  readonly data: unknown
}

export interface JobEvents<Out, Handle, Self> {
  readyStateChange: [state: ReadyState]
  readystatechange: [state: ReadyState]
  accepted: [event: Self & { readonly job: Self }]
  status: [event: StatusEvent]
  result: [event: ResultEvent<Out>]
  resultsUpdated: []
  console: [event: ConsoleEvent]
  error: [event: ErrorEvent]
  noProgress: [event: NoProgressEvent]
  noprogress: [event: NoProgressEvent]
  noProgressData: [event: NoProgressEvent & { readonly data: unknown }]
  nofunds: [event: NoFundsEvent]
  complete: [results: Handle]
  cancel: [event: OfJob & { readonly reason: string; readonly code: string }]
  stop: [event: OfJob & { readonly runStatus: string }]
  ENOFUNDS: [fundsRequired: string | undefined, event: unknown]
  ENOPROGRESS: [error: Error]
  ETOOMANYTASKS: [error: Error]
  EWORKTOOBIG: [error: Error]
  ETOOBIG: [error: Error]
  ESLICETOOSLOW: [error: Error]
  ETOOMANYERRORS: [error: Error]
}

export type WireEvent = Readonly<Record<string, unknown>>

function isMarshalled(value: unknown): boolean {
  return typeof value === 'object' && value !== null && '_serializeVerId' in value
}

/** Messages and data of work functions arrive marshalled from our workers, plain from others. */
function plain(value: unknown): unknown {
  return isMarshalled(value) ? unmarshal(value) : value
}

/** The event without what only the wire needs, with both names of job and slice. */
function named(data: WireEvent, job: string): Record<string, unknown> {
  const { eventName: _eventName, ...rest } = data
  const slice = data.sliceNumber ?? data.slice
  return {
    ...rest,
    job,
    address: job,
    ...(slice === undefined ? {} : { sliceNumber: slice, sliceIndex: slice }),
  }
}

function hide(event: Record<string, unknown>, keep: string): Record<string, unknown> {
  for (const name of Object.keys(event)) {
    if (name !== keep) Object.defineProperty(event, name, { enumerable: false })
  }
  return event
}

/** @param last the message before: what the end of a run of equal ones repeats */
export function consoleEventOf(data: WireEvent, job: string, last: unknown): ConsoleEvent {
  const message = plain(data.message)
  const event = named({ ...data, message: message ?? last, same: data.same ?? 1 }, job)
  if (message === undefined) hide(event, 'same')
  return event as unknown as ConsoleEvent
}

export function workEventOf(data: WireEvent, job: string): WorkEvent {
  return named({ ...data, data: plain(data.data) }, job) as unknown as WorkEvent
}

export function noProgressEventOf(data: WireEvent, job: string): NoProgressEvent {
  const reports = (data.progressReports ?? {}) as Record<string, unknown>
  const lastUpdate = reports.lastUpdate ?? reports.lastDeterministic
  const progressReports = { ...reports, ...(lastUpdate === undefined ? {} : { lastUpdate }) }
  return named({ ...data, progressReports }, job) as unknown as NoProgressEvent
}

/** Status, error, nofunds, stop: the members as they came. */
export function plainEventOf<Event>(data: WireEvent, job: string): Event {
  return named(data, job) as Event
}

export function resultEventOf<Out>(slice: number, result: Out, job: string): ResultEvent<Out> {
  return { job, address: job, sliceNumber: slice, task: slice, sort: slice, result }
}
