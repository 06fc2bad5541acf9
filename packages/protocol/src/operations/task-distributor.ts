/** Requests of the service taskDistributor (worker §2.1, §2.2; operations §22.1). */
import * as v from 'valibot'

import {
  computeGroupsMax,
  leaseListMax,
  nameMax,
  sliceListMax,
  taskWaitMaxMs,
  textMax,
} from '../limits.ts'
import { isJobId } from '../ids.ts'
import {
  address,
  amount,
  arrayOf,
  finite,
  integer,
  isRecord,
  isSlice,
  json,
  list,
  opaque,
  text,
  workerId,
} from './fields.ts'
import type { WorkerId } from '../ids.ts'
import type { ColumnTaskRequest } from './columns.ts'
import type { RequestSchema } from './request.ts'

/** Slices by job, as a worker lists what it holds. */
export type HeldSlices = Readonly<Record<string, readonly number[]>>

/** What both dialects of a row-wise task request say; which members are there depends on `fetchState`. */
interface TaskRequestFields {
  /** Bits of `fetchStates`. */
  readonly fetchState: number
  readonly targetLoad?: { readonly cpu: number; readonly gpu: number; readonly longSlices: number }
  readonly coreStats?: {
    readonly worker: WorkerId
    readonly lCores?: number
    readonly pCores?: number
    readonly sandbox?: number
  }
  readonly jobQuanta?: Readonly<Record<string, unknown>>
  readonly paymentAddress?: string
  readonly workerComputeGroups: readonly WorkerComputeGroup[]
  readonly minimumWage?: {
    readonly CPU: number
    readonly GPU: number
    readonly in: number
    readonly out: number
  }
  readonly soteriaJobs?: HeldSlices | null
  readonly overdueSlices?: HeldSlices | null
  readonly previouslyWorkedJobs: readonly (string | null)[]
  readonly rejectedJobs: readonly (string | null)[]
  readonly unresolvedJobs: readonly (string | null)[]
}

/** A group that a worker belongs to, by its key or its id, and the proof for this session. */
export interface WorkerComputeGroup {
  readonly joinKey?: string
  readonly id?: string
  readonly joinHashHash?: string
}

/** `requestTask@3` of official workers. */
export interface TaskRequest3 extends TaskRequestFields {
  /** Empty: any job. Answers use these very strings. */
  readonly jobIds: readonly string[]
  readonly capabilities?: number
  readonly worktimes: readonly { readonly name: string; readonly version: string }[]
  readonly gpuSpeed?: number
  readonly seq?: number
  /** A sealed text of `{id}` by the worker's identity. */
  readonly returnAllSlices?: string
}

/** `requestTask`, of dialect 4. */
export interface TaskRequest extends TaskRequestFields {
  readonly supervisor?: string
  readonly jobAddresses: readonly string[]
  readonly capabilities?: Readonly<Record<string, unknown>>
  readonly worktimes: readonly { readonly name: string; readonly versions: readonly string[] }[]
}

const heldRule = `must be null or an object of slice numbers by job, at most ${sliceListMax} in all`

const held = v.exactOptional(v.nullable(v.custom<HeldSlices>(isHeld, heldRule)))

function isHeld(value: unknown): boolean {
  if (!isRecord(value)) return false
  let total = 0
  return Object.values(value).every((slices) => {
    if (!Array.isArray(slices)) return false
    total += slices.length
    return total <= sliceListMax && slices.every(isSlice)
  })
}

/** Members that were undefined in the worker arrive as null. */
const jobRing = v.optional(list(isName, { max: leaseListMax, rule: 'job ids' }), [])

function isName(value: unknown): value is string | null {
  return value === null || isText(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= nameMax
}

const jobNames = v.optional(list(isText, { max: leaseListMax, rule: 'job ids' }), [])

const coreStats = {
  worker: workerId,
  lCores: v.exactOptional(amount),
  pCores: v.exactOptional(amount),
  sandbox: v.exactOptional(amount),
}

const load = v.object({ cpu: finite, gpu: finite, longSlices: finite }, 'must be an object')
const wage = v.object({ CPU: amount, GPU: amount, in: amount, out: amount }, 'must be an object')
const groups = arrayOf(
  v.object(
    {
      joinKey: v.exactOptional(text()),
      id: v.exactOptional(text()),
      joinHashHash: v.exactOptional(text()),
    },
    'must be {joinKey, joinHashHash}',
  ),
  computeGroupsMax,
)

const columnGroups = arrayOf(
  v.object({ joinKey: text(), joinHashHash: text() }, 'must be {joinKey, joinHashHash}'),
  computeGroupsMax,
)

const rowFields = {
  fetchState: integer(0, 0xff),
  targetLoad: v.exactOptional(load),
  coreStats: v.exactOptional(v.object(coreStats, 'must be an object')),
  jobQuanta: v.exactOptional(json),
  paymentAddress: v.exactOptional(address),
  workerComputeGroups: v.optional(groups, []),
  minimumWage: v.exactOptional(wage),
  soteriaJobs: held,
  overdueSlices: held,
  previouslyWorkedJobs: jobRing,
  rejectedJobs: jobRing,
  unresolvedJobs: jobRing,
}

const worktimes = arrayOf(
  v.object({ name: text(), version: text() }, 'must be {name, version}'),
  leaseListMax,
)

export const requestTask3: RequestSchema<TaskRequest3> = v.object({
  ...rowFields,
  jobIds: jobNames,
  capabilities: v.exactOptional(integer(0, 0xffff_ffff)),
  worktimes: v.optional(worktimes, []),
  gpuSpeed: v.exactOptional(v.number('must be a number')),
  seq: v.exactOptional(integer(0)),
  returnAllSlices: v.exactOptional(text(textMax)),
})

export const requestTask: RequestSchema<TaskRequest> = v.object({
  ...rowFields,
  supervisor: v.exactOptional(text()),
  jobAddresses: jobNames,
  capabilities: v.exactOptional(json),
  worktimes: v.optional(
    arrayOf(
      v.object({ name: text(), versions: arrayOf(text(), nameMax) }, 'must be {name, versions}'),
      leaseListMax,
    ),
    [],
  ),
})

export const requestTaskColumns: RequestSchema<ColumnTaskRequest> = v.object({
  columns: v.literal(1, 'must be 1'),
  incarnation: opaque,
  known: list(isJobId, { max: leaseListMax, rule: 'job ids' }),
  waitMs: integer(0, taskWaitMaxMs),
  targetLoad: load,
  coreStats: v.object(
    { worker: workerId, lCores: amount, pCores: amount, sandbox: amount },
    'must be an object',
  ),
  capabilities: integer(0, 0xffff_ffff),
  worktimes,
  paymentAddress: address,
  jobIds: list(isText, { max: leaseListMax, rule: 'job ids' }),
  rejectedJobs: jobNames,
  workerComputeGroups: columnGroups,
  minimumWage: wage,
})

/** True for the data of a `requestTask@3` that asks for columns. */
export function isColumnTaskRequest(data: unknown): boolean {
  return isRecord(data) && data['columns'] !== undefined
}
