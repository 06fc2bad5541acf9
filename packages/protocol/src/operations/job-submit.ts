/** Requests of the service jobSubmit (operations §4, §22). */
import * as v from 'valibot'

import {
  messageMax,
  modulePathsMax,
  nameMax,
  slicesByValueMax,
  slicesMax,
  textMax,
} from '../limits.ts'
import {
  address,
  amount,
  arrayOf,
  flag,
  integer,
  jobAlias,
  jobId,
  json,
  marshalled,
  marshalledArray,
  text,
  url,
} from './fields.ts'
import type { JobId } from '../ids.ts'
import type { Marshalled } from '../kvin/prepared.ts'
import type { RequestSchema } from './request.ts'

/** What both versions of `submit` say. Exactly one kind of input set, or none for data by value. */
interface SubmitFields {
  readonly paymentAccount: string
  /** A data URI as its sender quoted it, or a location. */
  readonly workFunctionURI: string
  /** Multiple of the market value per slice; 0: not used. */
  readonly mvMultSlicePayment: number
  /** Credits per slice; 0: not used. */
  readonly absoluteSlicePayment: number
  readonly requirePath: readonly string[]
  readonly dependencies: readonly string[]
  readonly modulePath: readonly string[]
  readonly localExec?: boolean
  /** null: estimation never ends; absent: the server's default. */
  readonly estimationSlices?: number | null
  readonly greedyEstimation?: boolean
  readonly workerConsole?: boolean
  readonly isOpen?: boolean
  readonly name?: string
  readonly description?: string
  readonly link?: string
  readonly resultStorageType?: string
  readonly resultStorageDetails?: string
  readonly resultStorageParams?: Readonly<Record<string, unknown>>
  /** For `parseInputRange`; in local jobs `{0: URI, length: 1}`. */
  readonly dataRange?: Readonly<Record<string, unknown>>
  readonly dataPattern?: string
  readonly sliceCount?: number
  readonly marshaledDataValues?: Readonly<Record<string, unknown>>
  readonly rangeLength?: number
  readonly marshaledArguments: Marshalled
  readonly worktime: Worktime
  readonly maxSlicePayment?: number
  readonly initialSliceProfile?: Readonly<Record<string, unknown>>
  /** Our client reads results in columns. */
  readonly columns?: 1
}

interface Worktime {
  readonly name: string
  /** A semver range. */
  readonly version: string
  readonly custom: boolean
}

/** `submit@5`. */
export interface Submit5 extends SubmitFields {
  readonly job: JobId
  /** Bits of `capability`. */
  readonly requirements: number
  readonly requirementsObject?: Readonly<Record<string, unknown>>
  readonly discrete?: boolean
  readonly useStrict?: boolean
}

/** `submit@2`, of dialect 4. */
export interface Submit2 extends SubmitFields {
  /** `j` and 22 characters. */
  readonly id: JobId
  /** Tri-state: true must, false must not, absent may. */
  readonly requirements: Readonly<Record<string, unknown>>
}

const paths = v.optional(arrayOf(text(textMax), modulePathsMax), [])

const submitFields = {
  paymentAccount: address,
  // Its limit is that of the decoded source; this one is the message's.
  workFunctionURI: url(messageMax),
  mvMultSlicePayment: v.optional(amount, 0),
  absoluteSlicePayment: v.optional(amount, 0),
  requirePath: paths,
  dependencies: paths,
  modulePath: paths,
  localExec: v.exactOptional(flag),
  estimationSlices: v.exactOptional(v.nullable(integer(0, slicesMax))),
  greedyEstimation: v.exactOptional(flag),
  workerConsole: v.exactOptional(flag),
  isOpen: v.exactOptional(flag),
  name: v.exactOptional(text(nameMax)),
  description: v.exactOptional(text(textMax)),
  link: v.exactOptional(text(textMax)),
  resultStorageType: v.exactOptional(
    v.picklist(['pattern', 'values'], 'must be "pattern" or "values"'),
  ),
  resultStorageDetails: v.exactOptional(url(textMax)),
  resultStorageParams: v.exactOptional(json),
  dataRange: v.exactOptional(json),
  dataPattern: v.exactOptional(url(textMax)),
  sliceCount: v.exactOptional(integer(1, slicesMax)),
  marshaledDataValues: v.exactOptional(json),
  rangeLength: v.exactOptional(integer(0, slicesByValueMax)),
  marshaledArguments: marshalled,
  worktime: v.object(
    { name: text(nameMax), version: text(nameMax), custom: v.optional(flag, false) },
    'must be an object',
  ),
  maxSlicePayment: v.exactOptional(amount),
  initialSliceProfile: v.exactOptional(json),
  columns: v.exactOptional(v.literal(1, 'must be 1')),
}

type InputFields = Pick<
  SubmitFields,
  'dataRange' | 'dataPattern' | 'marshaledDataValues' | 'sliceCount'
>

function hasOneInput({ dataRange, dataPattern, marshaledDataValues }: InputFields): boolean {
  const inputs = [dataRange, dataPattern, marshaledDataValues]
  return inputs.filter((input) => input !== undefined).length <= 1
}

const oneInputRule = '"dataRange", "dataPattern" and "marshaledDataValues" exclude each other'

function hasCount({ dataPattern, sliceCount }: InputFields): boolean {
  return dataPattern === undefined || sliceCount !== undefined
}

const countRule = '"sliceCount" must come with "dataPattern"'

export const submit5: RequestSchema<Submit5> = v.pipe(
  v.object({
    ...submitFields,
    job: jobId,
    requirements: integer(0, 0xffff_ffff),
    requirementsObject: v.exactOptional(json),
    discrete: v.exactOptional(flag),
    useStrict: v.exactOptional(flag),
  }),
  v.check((submit) => hasOneInput(submit), oneInputRule),
  v.check((submit) => hasCount(submit), countRule),
)

export const submit2: RequestSchema<Submit2> = v.pipe(
  v.object({ ...submitFields, id: jobId, requirements: v.optional(json, {}) }),
  v.check((submit) => hasOneInput(submit), oneInputRule),
  v.check((submit) => hasCount(submit), countRule),
)

export interface AddSliceData {
  readonly job: string
  /** For `splitColumn`: one element per new slice. */
  readonly dataValues: Marshalled
}

export const addSliceData: RequestSchema<AddSliceData> = v.object({
  job: jobAlias,
  dataValues: marshalledArray,
})

export interface CancelJob {
  readonly job: string
  readonly reason: string
  /** Hints only; they grant nothing. */
  readonly owner?: string
  readonly ownerAddress?: string
}

export const cancelJob: RequestSchema<CancelJob> = v.object({
  job: jobAlias,
  reason: v.optional(text(textMax), ''),
  owner: v.exactOptional(address),
  ownerAddress: v.exactOptional(address),
})

/** Requests that name a job and nothing else. */
export interface JobRequest {
  readonly job: string
}

export const resumeJob: RequestSchema<JobRequest> = v.object({ job: jobAlias })

export const fetchJob: RequestSchema<JobRequest> = v.object({ job: jobAlias })
