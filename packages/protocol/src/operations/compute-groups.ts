/** Requests of the service computeGroups (operations §8). */
import * as v from 'valibot'

import { computeGroupsMax, originsMax, textMax } from '../limits.ts'
import { address, amount, arrayOf, integer, jobAlias, text } from './fields.ts'
import type { RequestSchema } from './request.ts'

/** How a job or a worker asks to join a group: by its key or its id, and a proof for this session. */
export interface JoinDescriptor {
  readonly joinKey?: string
  readonly joinHashHash?: string
  readonly joinHash?: string
  readonly joinAddress?: string
  readonly opaqueId?: string
  /** The opaque id; in the descriptor of the public group, its number. */
  readonly id?: string | number
  readonly name?: string
}

export interface AddJobToGroups {
  readonly job: string
  readonly cgArray: readonly JoinDescriptor[]
}

const groupId = v.union([text(), integer(0)], 'must be the id of a group')

const joinDescriptor: v.GenericSchema<unknown, JoinDescriptor> = v.object(
  {
    joinKey: v.exactOptional(text()),
    joinHashHash: v.exactOptional(text()),
    joinHash: v.exactOptional(text()),
    joinAddress: v.exactOptional(address),
    opaqueId: v.exactOptional(text()),
    id: v.exactOptional(groupId),
    name: v.exactOptional(text()),
  },
  'must describe a compute group',
)

export const addJobToGroups: RequestSchema<AddJobToGroups> = v.object({
  job: jobAlias,
  cgArray: arrayOf(joinDescriptor, computeGroupsMax),
})

/** Names a group: its key counts before its id. */
export type GroupDescriptor = Pick<JoinDescriptor, 'joinKey' | 'opaqueId' | 'id'>

const groupDescriptor: v.GenericSchema<unknown, GroupDescriptor> = v.object(
  {
    joinKey: v.exactOptional(text()),
    opaqueId: v.exactOptional(text()),
    id: v.exactOptional(groupId),
  },
  'must name a compute group by joinKey or id',
)

/** What workers of a group may reach, by purpose; an extension that official programs do not send. */
export type GroupOrigins = Readonly<Record<string, readonly string[]>>

/** What the owner of a group may set; null in a limit: none. */
export interface GroupProperties {
  /** Share of each slice payment that the group keeps. */
  readonly commissionRate?: number
  /** Credits, as a decimal number. */
  readonly deployFee?: string
  readonly addJobFee?: string
  /** Who may let jobs join: the owner of the group, or everybody who knows its secret. */
  readonly deployAccess?: 'owner' | 'join'
  readonly maxTotalPayment?: string | null
  readonly maxConcurrentEscrow?: string | null
  readonly maxConcurrentJobs?: number | null
  readonly maxConcurrentWorkers?: number | null
  readonly maxConcurrentSandboxes?: number | null
  readonly maxConcurrentCPUs?: number | null
  readonly maxConcurrentGPUs?: number | null
  readonly origins?: GroupOrigins
}

const creditRule = 'must be an amount of credits'

/** A number, or its digits: official programs send what their decimal library writes. */
const credits = v.pipe(
  v.union([amount, text()], creditRule),
  v.transform(String),
  v.regex(/^\d{1,60}(\.\d{1,60})?(e[+-]?\d{1,2})?$/i, creditRule),
)

const rateRule = 'must be a number from 0, less than 1'

const rate = v.pipe(
  credits,
  v.transform(Number),
  v.check((value) => value < 1, rateRule),
)

const count = v.exactOptional(v.nullable(integer(0)))

/** Purposes of a worker's lists of origins (worker §3.9). */
const purposes = [
  'any',
  'fetchWorkFunctions',
  'fetchArguments',
  'fetchData',
  'sendResults',
] as const

const origin = v.pipe(
  text(textMax),
  v.check(isOrigin, 'must be an origin such as https://example.org'),
)

function isOrigin(value: string): boolean {
  return /^https?:/.test(value) && URL.canParse(value) && new URL(value).origin === value
}

const origins: v.GenericSchema<unknown, GroupOrigins> = v.record(
  v.picklist(purposes, `must be lists of origins by purpose: ${purposes.join(', ')}`),
  arrayOf(origin, originsMax),
  'must be lists of origins by purpose',
)

const properties = {
  commissionRate: v.exactOptional(rate),
  deployFee: v.exactOptional(credits),
  addJobFee: v.exactOptional(credits),
  deployAccess: v.exactOptional(v.picklist(['owner', 'join'], 'must be "owner" or "join"')),
  maxTotalPayment: v.exactOptional(v.nullable(credits)),
  maxConcurrentEscrow: v.exactOptional(v.nullable(credits)),
  maxConcurrentJobs: count,
  maxConcurrentWorkers: count,
  maxConcurrentSandboxes: count,
  maxConcurrentCPUs: count,
  maxConcurrentGPUs: count,
  origins: v.exactOptional(origins),
}

const joinHash = v.pipe(
  text(),
  v.regex(/^eh1-[0-9a-f]{64}$/, 'must be eh1- and 64 hex digits in lower case'),
)

export interface CreateGroup {
  readonly joinDescriptor: {
    readonly joinKey?: string
    readonly joinHash?: string
    readonly id?: string
    readonly joinAddress?: string
  }
  readonly name: string
  readonly description: string
  readonly otherProperties: GroupProperties
}

const joinKey = v.pipe(text(), v.minLength(1, 'must not be empty'))

const opaqueIdRule = 'must be 22 characters of A-Z a-z 0-9'

const opaqueId = v.pipe(v.string(opaqueIdRule), v.regex(/^[A-Za-z0-9]{22}$/, opaqueIdRule))

export const createGroup: RequestSchema<CreateGroup> = v.object({
  joinDescriptor: v.pipe(
    v.object(
      {
        joinKey: v.exactOptional(joinKey),
        joinHash: v.exactOptional(joinHash),
        id: v.exactOptional(opaqueId),
        joinAddress: v.exactOptional(address),
      },
      'must be an object',
    ),
    v.check(
      (group) =>
        (group.joinKey !== undefined && group.joinHash !== undefined) ||
        (group.id !== undefined && group.joinAddress !== undefined),
      'must have joinKey and joinHash, or id and joinAddress',
    ),
  ),
  name: v.optional(text(), ''),
  description: v.optional(text(), ''),
  otherProperties: v.optional(v.object(properties, 'must be an object'), {}),
})

export interface GroupRequest {
  readonly descriptor: GroupDescriptor
}

export interface ChangeGroup extends GroupRequest {
  readonly newDescriptor: GroupProperties & {
    readonly name?: string
    readonly description?: string
    readonly joinHash?: string
    readonly joinAddress?: string
  }
}

export const changeGroup: RequestSchema<ChangeGroup> = v.object({
  descriptor: groupDescriptor,
  newDescriptor: v.object(
    {
      ...properties,
      name: v.exactOptional(text()),
      description: v.exactOptional(text()),
      joinHash: v.exactOptional(joinHash),
      joinAddress: v.exactOptional(address),
    },
    'must be an object',
  ),
})

export const deleteGroup: RequestSchema<GroupRequest> = v.object({ descriptor: groupDescriptor })

/** `listJobs` of this service. */
export const listGroupJobs: RequestSchema<GroupRequest> = deleteGroup

export const removeAllJobs: RequestSchema<GroupRequest> = deleteGroup

export interface RemoveJob extends GroupRequest {
  readonly job: string
}

export const removeJob: RequestSchema<RemoveJob> = v.object({
  job: jobAlias,
  descriptor: groupDescriptor,
})
