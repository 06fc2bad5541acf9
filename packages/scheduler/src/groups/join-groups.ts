/** Puts a job into the compute groups that let it in. */
import type { Address, GroupDescriptor } from '@manyhands/protocol'
import type { FoundJob } from '../jobs/find-job.ts'
import { addGroup } from '../jobs/jobs-store.ts'
import { startJob } from '../jobs/start-job.ts'
import type { Turn } from '../turn.ts'
import { isPublic } from './compute-group.ts'
import type { ComputeGroup } from './compute-group.ts'

export interface JoinedGroup {
  readonly id: string
  readonly opaqueId: string
  readonly joinKey: string | null
  readonly name: string
}

export interface Joining<Descriptor extends GroupDescriptor> {
  readonly wanted: readonly Descriptor[]
  readonly caller: Address
  /** True when the caller may join a group by what it knows or is. */
  readonly mayJoin: (group: ComputeGroup, descriptor: Descriptor) => boolean
}

export interface Joined {
  readonly groups: readonly JoinedGroup[]
  /** Why others were not joined, in words. */
  readonly refusals: readonly string[]
}

export function joinGroups<Descriptor extends GroupDescriptor>(
  turn: Turn,
  { record, live }: FoundJob,
  { wanted, caller, mayJoin }: Joining<Descriptor>,
): Joined {
  const groups: JoinedGroup[] = []
  const refusals: string[] = []
  for (const descriptor of wanted) {
    const group = turn.groups.find(descriptor)
    const allowed =
      group !== undefined &&
      (group.owner === caller || (isOpen(group) && mayJoin(group, descriptor)))
    if (!allowed) {
      // Whether a group exists is nobody's business who cannot join it.
      refusals.push(`"${nameOf(descriptor)}" is unknown or its secret is another`)
    } else if (isFull(turn, group, record.no)) {
      refusals.push(`"${nameOf(descriptor)}" has all the jobs it may have at a time`)
    } else {
      const { id, joinKey, name } = group
      addGroup(turn.tx, record.no, id)
      live?.groups.add(id)
      groups.push({ id, opaqueId: id, joinKey, name })
    }
  }
  if (live !== undefined && groups.length > 0) startJob(turn, live)
  return { groups, refusals }
}

function nameOf({ joinKey, opaqueId, id }: GroupDescriptor): string {
  return String(joinKey ?? opaqueId ?? id ?? '')
}

function isOpen(group: ComputeGroup): boolean {
  return group.properties.deployAccess !== 'owner'
}

function isFull({ jobs }: Turn, group: ComputeGroup, no: number): boolean {
  const max = group.properties.maxConcurrentJobs ?? Infinity
  if (max === Infinity || isPublic(group)) return false
  let inside = 0
  for (const job of jobs.byNo.values()) if (job.no !== no && job.groups.has(group.id)) inside++
  return inside >= max
}
