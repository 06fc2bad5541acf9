/** All compute groups in memory, by every name they have; the database is the truth. */
import { publicComputeGroup } from '@manyhands/protocol'
import type { GroupDescriptor } from '@manyhands/protocol'
import type { Transaction } from '@manyhands/service'
import { publicGroup } from './compute-group.ts'
import type { ComputeGroup } from './compute-group.ts'
import { loadGroups } from './groups-store.ts'

export interface LiveGroups {
  readonly size: number
  /** Changes with every group: what was concluded from an older version may be wrong. */
  readonly version: number
  get(id: string): ComputeGroup | undefined
  /** The group of a descriptor; its key counts before its id. */
  find(descriptor: GroupDescriptor): ComputeGroup | undefined
  /** How many groups somebody owns. */
  ownedBy(owner: string): number
  /** Adds a group, or takes the place of the one with its id. */
  put(group: ComputeGroup): void
  remove(group: ComputeGroup): void
  /** Reads everything anew. */
  load(tx: Transaction): void
}

export function createLiveGroups(): LiveGroups {
  const byId = new Map<string, ComputeGroup>()
  const byKey = new Map<string, ComputeGroup>()
  let version = 0

  function put(group: ComputeGroup): void {
    version += 1
    byId.set(group.id, group)
    if (group.joinKey !== null) byKey.set(group.joinKey, group)
  }
  put(publicGroup)

  return {
    get size() {
      return byId.size
    },
    get version() {
      return version
    },
    get: (id) => byId.get(id),
    find({ joinKey, opaqueId, id }) {
      if (joinKey !== undefined) return byKey.get(joinKey)
      if (opaqueId !== undefined) return byId.get(opaqueId)
      return id === publicComputeGroup.id ? publicGroup : byId.get(String(id))
    },
    ownedBy(owner) {
      let count = 0
      for (const group of byId.values()) if (group.owner === owner) count++
      return count
    },
    put,
    remove({ id, joinKey }) {
      version += 1
      byId.delete(id)
      if (joinKey !== null) byKey.delete(joinKey)
    },
    load(tx) {
      byId.clear()
      byKey.clear()
      put(publicGroup)
      for (const group of loadGroups(tx)) put(group)
    },
  }
}
