/** Puts a job into compute groups. So far there is one group, which everybody may join. */
import { publicComputeGroup } from '@manyhands/protocol'
import { addGroup } from '../jobs/jobs-store.ts'
import type { FoundJob } from '../jobs/find-job.ts'
import { startJob } from '../jobs/start-job.ts'
import type { Turn } from '../turn.ts'

/** How a request names a group: by its login name or by its id. */
export interface GroupAccess {
  readonly joinKey?: string | undefined
  readonly id?: string | number | undefined
  readonly opaqueId?: string | undefined
}

export interface JoinedGroup {
  readonly id: string
  readonly opaqueId: string
  readonly joinKey: string
  readonly name: string
}

function isPublicGroup(access: GroupAccess): boolean {
  if (access.joinKey !== undefined) return access.joinKey === publicComputeGroup.joinKey
  const { opaqueId, id } = publicComputeGroup
  return access.opaqueId === opaqueId || access.id === opaqueId || access.id === id
}

/** The groups that were joined; none when the request names no group that exists. */
export function joinGroups(
  turn: Turn,
  { record, live }: FoundJob,
  wanted: readonly GroupAccess[],
): JoinedGroup[] {
  if (!wanted.some(isPublicGroup)) return []
  const { opaqueId, joinKey, name } = publicComputeGroup
  addGroup(turn.tx, record.no, opaqueId)
  if (live !== undefined) {
    live.groups.add(opaqueId)
    startJob(turn, live)
  }
  return [{ id: opaqueId, opaqueId, joinKey, name }]
}
