/** Makes a compute group; who makes it owns it. */
import { DcpError, idLength } from '@manyhands/protocol'
import type { Address, CreateGroup } from '@manyhands/protocol'
import { groupsMax, groupsPerOwnerMax } from '../limits.ts'
import type { Turn } from '../turn.ts'
import type { ComputeGroup } from './compute-group.ts'
import { writeGroup } from './groups-store.ts'

/** @throws DcpError `EEXIST` when its key or id is taken, `ELIMIT` when there are too many. */
export function createGroup(turn: Turn, request: CreateGroup, owner: Address): ComputeGroup {
  const { groups } = turn
  const { joinKey = null, joinHash = null, joinAddress = null } = request.joinDescriptor
  const id = request.joinDescriptor.id ?? turn.random.token(idLength)
  if (joinKey !== null && groups.find({ joinKey }) !== undefined) {
    throw new DcpError('EEXIST', `there is a compute group with the key "${joinKey}" already`)
  }
  if (groups.get(id) !== undefined) {
    throw new DcpError('EEXIST', `there is a compute group with the id ${id} already`)
  }
  if (groups.ownedBy(owner) >= groupsPerOwnerMax || groups.size >= groupsMax) {
    throw new DcpError('ELIMIT', `one owner may have ${groupsPerOwnerMax} compute groups`)
  }
  const { name, description, otherProperties: properties } = request
  const group = { id, owner, joinKey, joinHash, joinAddress, name, description, properties }
  groups.put(group)
  writeGroup(turn.tx, group, turn.now)
  return group
}
