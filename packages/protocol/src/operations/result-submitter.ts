/** Requests of the service resultSubmitter: of clients (operations §5, §22.1) and of workers (worker §2.7, §2.8). */
import * as v from 'valibot'

import { leaseListMax, messageMax, resultSlicesMax, sliceListMax, textMax } from '../limits.ts'
import {
  address,
  amount,
  arrayOf,
  flag,
  integer,
  isRecord,
  isSlice,
  jobAlias,
  json,
  list,
  marshalled,
  opaque,
  slice,
  text,
  workerId,
} from './fields.ts'
import type { WorkerId } from '../ids.ts'
import type { Marshalled } from '../kvin/prepared.ts'
import type {
  Column,
  ColumnFetch,
  ColumnResults,
  Heartbeat,
  SliceFailure,
  SliceSetText,
} from './columns.ts'
import type { JobRequest } from './job-submit.ts'
import type { RequestSchema } from './request.ts'

export const closeJob: RequestSchema<JobRequest> = v.object({ job: jobAlias })

export interface FetchResult {
  readonly job: string
  /** A hint; who signed decides. */
  readonly owner?: string
  /** For `parseSliceRange`. */
  readonly range?: unknown
}

export const fetchResult: RequestSchema<FetchResult> = v.object({
  job: jobAlias,
  owner: v.exactOptional(address),
  range: v.exactOptional(v.unknown()),
})

/** Which results there are, and when they came: what `listResult` and `statResult` are asked. */
export interface ResultRange {
  readonly job: string
  /** For `parseSliceRange`. */
  readonly range?: unknown
}

export const listResult: RequestSchema<ResultRange> = v.object({
  job: jobAlias,
  range: v.exactOptional(v.unknown()),
})

export const statResult: RequestSchema<ResultRange> = listResult

/** The text of a slice set is read by `parseSliceSet`, once. */
const sliceSet: v.GenericSchema<unknown, SliceSetText> = text(messageMax)

export const fetchResult1: RequestSchema<ColumnFetch> = v.object({
  job: jobAlias,
  slices: v.exactOptional(sliceSet),
  from: v.exactOptional(integer(0)),
  limit: v.exactOptional(integer(1)),
})

const column = v.custom<Column>((value) => {
  if (!isRecord(value) || value['_serializeVerId'] !== 'v8' || !isRecord(value['what']))
    return false
  const { arr } = value['what']
  return Array.isArray(arr) && arr.length <= resultSlicesMax
}, `must be a column, {"_serializeVerId":"v8","what":{"arr":[…]}}, of at most ${resultSlicesMax} elements`)

const timeRule = 'must be a number from 0, or one for each slice'

const times = v.union(
  [amount, list(isAmount, { max: resultSlicesMax, rule: 'numbers from 0' })],
  timeRule,
)

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

type Failure = readonly [slice: number, error: SliceFailure]

function isFailure(value: unknown): value is Failure {
  if (!Array.isArray(value) || value.length !== 2 || !isSlice(value[0])) return false
  const error: unknown = value[1]
  if (!isRecord(error) || !isShort(error['name']) || !isShort(error['message'])) return false
  return ['code', 'stack'].every((name) => error[name] === undefined || isShort(error[name]))
}

function isShort(value: unknown): boolean {
  return typeof value === 'string' && value.length <= 4 * textMax
}

export const results1: RequestSchema<ColumnResults> = v.object({
  lease: opaque,
  worker: workerId,
  slices: sliceSet,
  values: column,
  cpuMs: times,
  gpuMs: v.exactOptional(times),
  errors: v.exactOptional(
    list(isFailure, { max: resultSlicesMax, rule: '[slice, {name, message, code?, stack?}]' }),
  ),
  returned: v.exactOptional(sliceSet),
})

export const heartbeat: RequestSchema<Heartbeat> = v.object({
  worker: workerId,
  incarnation: opaque,
  leases: list(isLease, { max: leaseListMax, rule: 'leases' }),
})

function isLease(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= 255
}

/** What a worker says a slice took; any member may be missing or absurd. */
export interface SliceMetrics {
  readonly CPUTime?: number | null
  readonly GPUTime?: number | null
  readonly CPUDensity?: number | null
  readonly GPUDensity?: number | null
  readonly InDataSize?: number | null
  readonly OutDataSize?: number | null
}

/** `result`, one per slice. */
export interface Result {
  readonly slice: number
  /** As the worker was given it. */
  readonly job: string
  readonly worker: WorkerId
  readonly paymentAddress: string
  readonly metrics: SliceMetrics
  readonly authorizationMessage: Readonly<Record<string, unknown>>
  /** For `preparedOfResult`. */
  readonly resultV2?: Marshalled
  /** What the remote storage of the job answered, as `data:,` and text. */
  readonly result?: string
}

const metric = v.exactOptional(v.nullable(v.number('must be a number')))

export const result: RequestSchema<Result> = v.pipe(
  v.object({
    slice,
    job: opaque,
    worker: workerId,
    paymentAddress: address,
    metrics: v.object(
      {
        CPUTime: metric,
        GPUTime: metric,
        CPUDensity: metric,
        GPUDensity: metric,
        InDataSize: metric,
        OutDataSize: metric,
      },
      'must be an object',
    ),
    authorizationMessage: json,
    resultV2: v.exactOptional(marshalled),
    result: v.exactOptional(text(messageMax)),
  }),
  v.check(
    ({ resultV2, result: remote }) => resultV2 !== undefined || remote !== undefined,
    '"resultV2" or "result" is missing',
  ),
)

/** One entry of `status`: slices that begin, or that come back. */
export interface SliceStatus {
  readonly sliceNumbers: readonly number[]
  readonly job: string
  readonly authorizationMessage: Readonly<Record<string, unknown>>
  readonly status: string
  readonly reason?: string | ReturnReason
  readonly isEstimationSlice?: boolean
}

export interface ReturnReason {
  readonly message?: string
  readonly retries?: number | null
  readonly errorCode?: string
}

export interface Status {
  readonly worker: WorkerId
  readonly slices: readonly SliceStatus[]
}

export const status: RequestSchema<Status> = v.object({
  worker: workerId,
  slices: arrayOf(
    v.object(
      {
        sliceNumbers: list(isSlice, { max: sliceListMax, rule: 'slice numbers' }),
        job: opaque,
        authorizationMessage: json,
        status: text(),
        reason: v.exactOptional(
          v.union(
            [
              text(textMax),
              v.object({
                message: v.exactOptional(text(textMax)),
                retries: v.exactOptional(v.nullable(v.number())),
                errorCode: v.exactOptional(text()),
              }),
            ],
            'must be text or {message, retries, errorCode}',
          ),
        ),
        isEstimationSlice: v.exactOptional(flag),
      },
      'must be an object',
    ),
    leaseListMax,
  ),
})
