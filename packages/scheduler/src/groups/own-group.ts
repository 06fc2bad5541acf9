/** Finds the group that a request of its owner names. */
import { DcpError } from '@manyhands/protocol'
import type { Address, GroupDescriptor } from '@manyhands/protocol'
import type { Turn } from '../turn.ts'
import type { ComputeGroup } from './compute-group.ts'

/** @throws DcpError `ENOENT` */
export function findGroup({ groups }: Turn, descriptor: GroupDescriptor): ComputeGroup {
  const group = groups.find(descriptor)
  if (group !== undefined) return group
  const { joinKey, opaqueId, id } = descriptor
  throw new DcpError('ENOENT', `there is no compute group "${joinKey ?? opaqueId ?? id ?? ''}"`)
}

/** @throws DcpError `ENOENT`, `EPERM` */
export function findOwnGroup(
  turn: Turn,
  descriptor: GroupDescriptor,
  caller: Address,
): ComputeGroup {
  const group = findGroup(turn, descriptor)
  if (group.owner === caller) return group
  throw new DcpError('EPERM', `the compute group ${group.joinKey ?? group.id} is not yours`)
}
