/** Requests of the service eventRouter (operations §7, §22.1; worker §2.9). */
import * as v from 'valibot'

import { labelsMax, nameMax } from '../limits.ts'
import {
  address,
  arrayOf,
  flag,
  integer,
  isRecord,
  json,
  opaque,
  slice,
  text,
  workerId,
} from './fields.ts'
import type { WorkerId } from '../ids.ts'
import type { RequestSchema } from './request.ts'

/** Equality tests on an event's metadata; with `$or`, any of several sets of them. */
export interface EventFilter {
  /** Any alias of a job. */
  readonly job?: string
  readonly eventName?: string
  readonly target?: string
  readonly broadcast?: boolean
  readonly $or?: readonly EventFilter[]
  readonly [name: string]: unknown
}

interface SubscribeOptions {
  readonly filter: EventFilter
  /** Of the label `results`: continue after the message with this `seq`. */
  readonly from?: number
}

export interface Subscribe {
  readonly label: string
  readonly options: SubscribeOptions
  /** Chosen by our client, so that the subscription can travel with the submit. */
  readonly token?: string
}

export interface SubscribeMany {
  readonly reliableEvents: readonly string[]
  readonly optionalEvents: readonly string[]
  readonly schedmsgEvents: readonly string[]
  readonly options: SubscribeOptions
}

export interface Unsubscribe {
  readonly label: string
  readonly token: string
}

const testsMax = 20

function isFilter(value: unknown): boolean {
  if (!isRecord(value)) return false
  const { $or: alternatives, ...tests } = value
  if (alternatives === undefined) return areTests(tests)
  if (!Array.isArray(alternatives) || alternatives.length > testsMax) return false
  return areTests(tests) && alternatives.every((one) => isRecord(one) && areTests(one))
}

function areTests(tests: Readonly<Record<string, unknown>>): boolean {
  const values = Object.values(tests)
  return values.length <= testsMax && values.every(isTest)
}

function isTest(value: unknown): boolean {
  if (typeof value === 'string') return value.length <= nameMax
  return value === null || typeof value === 'boolean' || typeof value === 'number'
}

const options = v.optional(
  v.object(
    {
      filter: v.optional(
        v.custom<EventFilter>(isFilter, `must be an object of at most ${testsMax} values to equal`),
        {},
      ),
      from: v.exactOptional(integer(0)),
    },
    'must be an object',
  ),
  {},
)

/** What workers of ours and official ones know (operations §7.7). */
const workerCommands = [
  'kill',
  'restart',
  'remove',
  'announce',
  'reload',
  'openPopup',
  'addPriorityJob',
  'removePriorityJob',
] as const

const labels = v.optional(arrayOf(text(), labelsMax), [])

export const subscribe: RequestSchema<Subscribe> = v.object({
  label: text(),
  options,
  token: v.exactOptional(opaque),
})

export const subscribeMany: RequestSchema<SubscribeMany> = v.object({
  reliableEvents: labels,
  optionalEvents: labels,
  schedmsgEvents: labels,
  options,
})

export const unsubscribe: RequestSchema<Unsubscribe> = v.object({
  label: text(),
  // Official clients send the whole answer of their subscription.
  token: v.pipe(
    v.union([opaque, v.object({ token: opaque })], 'must be text or {token}'),
    v.transform((token) => (typeof token === 'string' ? token : token.token)),
  ),
})

/** A message to workers: those of an identity, or all. */
export interface SendSchedMsg {
  /** The identity; of no account in a broadcast. */
  readonly target: string
  readonly broadcast: boolean
  readonly command: string
  readonly payload: Readonly<Record<string, unknown>>
}

export const sendSchedMsg: RequestSchema<SendSchedMsg> = v.object({
  target: address,
  broadcast: v.optional(flag, false),
  command: v.picklist(workerCommands, `must be one of ${workerCommands.join(', ')}`),
  payload: v.optional(json, {}),
})

/** Events that a worker sends for its job's owner; others are refused by the router. */
export interface WorkEmit {
  readonly eventName: string
  readonly payload: Readonly<Record<string, unknown>>
  /** As the worker was given it. */
  readonly job: string
  readonly slice: number
  readonly worker: WorkerId
  /** The official worker's proof: what came with its task. */
  readonly authorizationMessage?: Readonly<Record<string, unknown>>
  /** Our worker's. */
  readonly lease?: string
}

export const workEmit: RequestSchema<WorkEmit> = v.pipe(
  v.object({
    eventName: text(),
    payload: json,
    job: opaque,
    slice,
    worker: workerId,
    authorizationMessage: v.exactOptional(json),
    lease: v.exactOptional(opaque),
  }),
  v.check(
    ({ lease, authorizationMessage }) => lease !== undefined || authorizationMessage !== undefined,
    '"lease" or "authorizationMessage" is missing',
  ),
)
