/** Changes a compute group; what is not named stays as it is. */
import type { Address, ChangeGroup } from '@manyhands/protocol'
import type { Turn } from '../turn.ts'
import type { ComputeGroup } from './compute-group.ts'
import { writeGroup } from './groups-store.ts'
import { findOwnGroup } from './own-group.ts'

/** @throws DcpError `ENOENT`, `EPERM` */
export function changeGroup(turn: Turn, request: ChangeGroup, caller: Address): ComputeGroup {
  const group = findOwnGroup(turn, request.descriptor, caller)
  const { name, description, joinHash, joinAddress, ...changed } = request.newDescriptor
  const next: ComputeGroup = {
    ...group,
    name: name ?? group.name,
    description: description ?? group.description,
    joinHash: joinHash ?? group.joinHash,
    joinAddress: joinAddress ?? group.joinAddress,
    properties: { ...group.properties, ...changed },
  }
  turn.groups.put(next)
  writeGroup(turn.tx, next, turn.now)
  // A limit may have been raised.
  turn.after.work = true
  return next
}
