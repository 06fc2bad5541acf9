/** Takes jobs out of a compute group. What its workers hold they may finish. */
import type { Turn } from '../turn.ts'
import type { ComputeGroup } from './compute-group.ts'
import { deleteGroupRow, jobsOfGroup, removeJobRow } from './groups-store.ts'

/** False when the job is not in the group. */
export function leaveGroup(turn: Turn, no: number, group: ComputeGroup): boolean {
  turn.jobs.byNo.get(no)?.groups.delete(group.id)
  return removeJobRow(turn.tx, no, group.id)
}

/** Rows of the jobs that were in the group. */
export function emptyGroup(turn: Turn, group: ComputeGroup): number[] {
  const jobs = jobsOfGroup(turn.tx, group.id, Number.MAX_SAFE_INTEGER)
  for (const no of jobs) leaveGroup(turn, no, group)
  return jobs
}

export function deleteGroup(turn: Turn, group: ComputeGroup): void {
  emptyGroup(turn, group)
  turn.groups.remove(group)
  deleteGroupRow(turn.tx, group.id)
}
