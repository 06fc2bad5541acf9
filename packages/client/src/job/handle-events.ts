/** Turns what a run tells into the handle's state and events. */
import { isDcpError } from '@manyhands/protocol'

import type { SliceProfile } from '../compute/market.ts'
import type { EventHub } from '../events/emitter.ts'
import {
  type JobStatus,
  type StatusEvent,
  type WireEvent,
  consoleEventOf,
  noProgressEventOf,
  plainEventOf,
  resultEventOf,
  workEventOf,
} from '../events/job-events.ts'
import { type InputSet, inputAt } from '../input/input-set.ts'
import type { ResultStore } from '../results/store.ts'
import type { JobReceipt } from './job.ts'
import type { ReadyState } from './ready-state.ts'
import type { RunListener, StatusReport, SubmitReply } from './run.ts'

/** What changes during a run. */
export interface HandleState {
  readonly status: JobStatus
  meanSliceProfile: Partial<SliceProfile> | undefined
  readyState: ReadyState
  address: string | undefined
  receipt: JobReceipt | undefined
}

export interface HandleEventsOptions {
  readonly job: string
  readonly state: HandleState
  readonly events: EventHub
  readonly work: EventHub
  readonly input: () => InputSet
  readonly store: () => ResultStore
  readonly collate: () => boolean
}

/** Event names in lower case, by the label that brings them. */
const namesOfLabel: Readonly<Record<string, readonly string[]>> = {
  results: ['result'],
  console: ['console'],
  error: ['error'],
  noprogress: ['noprogress', 'noprogressdata'],
  nofunds: ['nofunds', 'enofunds'],
}

/** The label that brings an event, if a listener makes it wanted. */
export function labelOfEvent(eventName: string): string | undefined {
  for (const [label, names] of Object.entries(namesOfLabel)) {
    if (names.includes(eventName)) return label
  }
  return undefined
}

const msPerHour = 3_600_000

/** What a slice took on average; undefined where a report has no sums. */
function meanProfile(
  { cpuMs, gpuMs, outputBytes }: StatusReport,
  computed: number,
): Partial<SliceProfile> | undefined {
  if (cpuMs === undefined || computed === 0) return undefined
  return {
    cpuHours: cpuMs / computed / msPerHour,
    ...(gpuMs === undefined ? {} : { gpuHours: gpuMs / computed / msPerHour }),
    ...(outputBytes === undefined ? {} : { outputBytes: outputBytes / computed }),
  }
}

/** Errors of the scheduler that a handle emits under their own name. */
const emittedCodes: ReadonlySet<string> = new Set([
  'ENOPROGRESS',
  'ETOOMANYTASKS',
  'EWORKTOOBIG',
  'ETOOBIG',
  'ESLICETOOSLOW',
  'ETOOMANYERRORS',
])

export function emitError(events: EventHub, error: unknown): void {
  if (isDcpError(error) && emittedCodes.has(error.code)) events.emit(error.code, error)
}

export function createHandleEvents(options: HandleEventsOptions): RunListener {
  const { job, state, events, work } = options
  let lastMessage: unknown

  function noProgress(data: WireEvent): void {
    const event = noProgressEventOf(data, job)
    events.emit('noprogress', event)
    if (events.count('noprogressdata') === 0) return
    const datum = known(() => inputAt(options.input(), event.sliceNumber))
    events.emit('noprogressdata', { ...event, data: datum })
  }

  function status(data: StatusReport): void {
    const before = state.status.runStatus
    for (const name of ['runStatus', 'total', 'distributed', 'computed'] as const) {
      if (data[name] !== undefined) Object.assign(state.status, { [name]: data[name] })
    }
    state.meanSliceProfile = meanProfile(data, state.status.computed) ?? state.meanSliceProfile
    const event: StatusEvent = { job, address: job, ...state.status, runStatus: before }
    events.emit('status', event)
  }

  function stopped(data: WireEvent): void {
    const event = plainEventOf<Record<string, unknown>>(data, job)
    state.status.runStatus = String(data.runStatus)
    if (data.runStatus === 'cancelled') events.emit('cancel', event)
    events.emit('stop', event)
  }

  const handlers: Readonly<Record<string, (data: WireEvent) => void>> = {
    stop: stopped,
    status: (data) => status(data as StatusReport),
    console(data) {
      const event = consoleEventOf(data, job, lastMessage)
      lastMessage = event.message
      events.emit('console', event)
    },
    error: (data) => void events.emit('error', plainEventOf(data, job)),
    noprogress: noProgress,
    custom(data) {
      const event = workEventOf(data, job)
      work.emit(event.customEvent, event)
    },
    nofunds(data) {
      state.status.runStatus = 'paused'
      const event = plainEventOf<Record<string, unknown>>(data, job)
      events.emit('nofunds', event)
      events.emit('ENOFUNDS', event.fundsRequired, event)
    },
  }

  return {
    readyState(readyState) {
      state.readyState = readyState
      events.emit('readystatechange', readyState)
    },
    submitted({ escrow, receipt, status: runStatus, lastSliceNumber }: SubmitReply) {
      state.address = escrow
      state.receipt = receipt
      // Events may have told more than this by now.
      state.status.runStatus ??= runStatus
      state.status.total ??= lastSliceNumber
    },
    status,
    result(slice, value) {
      if (options.collate()) options.store().put(slice, value)
      if (events.count('result') > 0) events.emit('result', resultEventOf(slice, value, job))
    },
    updated() {
      if (options.collate()) events.emit('resultsupdated')
    },
    event: (label, data) => handlers[label]?.(data),
    wants(label) {
      if (label === 'custom') return work.total() > 0
      if (label === 'results' && options.collate()) return true
      return (namesOfLabel[label] ?? []).some((name) => events.count(name) > 0)
    },
  }
}

function known(read: () => unknown): unknown {
  try {
    return read()
  } catch (error) {
    // The input set of a job taken up again may be unknown here.
    if (isDcpError(error)) return undefined
    throw error
  }
}
