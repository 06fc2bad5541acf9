/** Requests of the service computeGroups (operations §8). */
import * as v from 'valibot'

import { computeGroupsMax } from '../limits.ts'
import { address, arrayOf, integer, jobAlias, text } from './fields.ts'
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

const joinDescriptor: v.GenericSchema<unknown, JoinDescriptor> = v.object(
  {
    joinKey: v.exactOptional(text()),
    joinHashHash: v.exactOptional(text()),
    joinHash: v.exactOptional(text()),
    joinAddress: v.exactOptional(address),
    opaqueId: v.exactOptional(text()),
    id: v.exactOptional(v.union([text(), integer(0)], 'must be the id of a group')),
    name: v.exactOptional(text()),
  },
  'must describe a compute group',
)

export const addJobToGroups: RequestSchema<AddJobToGroups> = v.object({
  job: jobAlias,
  cgArray: arrayOf(joinDescriptor, computeGroupsMax),
})
