/** Where a job and a worker meet: in a compute group of both that has room for the worker. */
import type { LiveJob } from '../jobs/live-job.ts'
import type { LiveJobs } from '../jobs/live-jobs.ts'
import type { LiveWorker, LiveWorkers } from '../tasks/live-workers.ts'
import type { LiveGroups } from './live-groups.ts'

interface Meeting {
  readonly jobs: LiveJobs
  readonly workers: LiveWorkers
  readonly groups: LiveGroups
}

/** The id of the group; undefined when there is none. */
export function meetingGroup(
  meeting: Meeting,
  job: Pick<LiveJob, 'groups'>,
  worker: LiveWorker,
  memberOf: ReadonlySet<string>,
): string | undefined {
  for (const id of job.groups) if (memberOf.has(id) && hasRoom(meeting, id, worker)) return id
  return undefined
}

/** A worker counts with all its sandboxes while it holds anything of the group. */
function hasRoom({ groups, jobs, workers }: Meeting, id: string, worker: LiveWorker): boolean {
  const group = groups.get(id)
  if (group === undefined) return false
  const { maxConcurrentWorkers, maxConcurrentSandboxes, maxConcurrentCPUs } = group.properties
  const sandboxesMax = Math.min(maxConcurrentSandboxes ?? Infinity, maxConcurrentCPUs ?? Infinity)
  const workersMax = maxConcurrentWorkers ?? Infinity
  if (sandboxesMax === Infinity && workersMax === Infinity) return true
  const inside = jobs.workersInGroup(id)
  if (inside.has(worker.key)) return true
  if (inside.size >= workersMax) return false
  let sandboxes = worker.sandboxes
  for (const key of inside.keys()) sandboxes += workers.get(key)?.sandboxes ?? 0
  return sandboxes <= sandboxesMax
}
