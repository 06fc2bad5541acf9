/** What a compute group is, and who may do what with it: rules without storage or wire. */
import { publicComputeGroup } from '@manyhands/protocol'
import type { GroupProperties } from '@manyhands/protocol'

export interface ComputeGroup {
  /** The opaque id. */
  readonly id: string
  /** Nobody owns the public group. */
  readonly owner: string | null
  /** Its login name. */
  readonly joinKey: string | null
  /** Hash of the name and the secret; whoever knows it may join. */
  readonly joinHash: string | null
  /** The identity that may join without a secret. */
  readonly joinAddress: string | null
  readonly name: string
  readonly description: string
  readonly properties: GroupProperties
}

/** The group of everybody: it has no secret, no owner and no limits. */
export const publicGroup: ComputeGroup = {
  id: publicComputeGroup.opaqueId,
  owner: null,
  joinKey: publicComputeGroup.joinKey,
  joinHash: null,
  joinAddress: null,
  name: publicComputeGroup.name,
  description: '',
  properties: {},
}

export function isPublic(group: ComputeGroup): boolean {
  return group.id === publicGroup.id
}

/** How its owner, and programs that list groups, read it. */
export function describeGroup(group: ComputeGroup): Record<string, unknown> {
  const { id, joinKey, joinAddress, name, description, owner, properties } = group
  return {
    id,
    opaqueId: id,
    ...(joinKey === null ? {} : { joinKey }),
    ...(joinAddress === null ? {} : { joinAddress }),
    name,
    description,
    owner,
    ...properties,
  }
}
