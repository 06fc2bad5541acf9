/** Ends a job for good: nothing of it is in flight afterwards, and its `stop` event is stored. */
import type { JobState } from '@manyhands/protocol'
import { insertEvent } from '../events/events-store.ts'
import { noteOver } from '../events/lease-notice.ts'
import { deleteHolesOfJob, endLeasesOfJob } from '../tasks/leases-store.ts'
import type { Turn } from '../turn.ts'
import { nextState } from './job.ts'
import { writeEnd } from './jobs-store.ts'
import type { LiveJob } from './live-job.ts'

/** Why a job was cancelled, as its owner reads it. */
export interface EndReason {
  readonly reason: string
  readonly code: string
  readonly error?: { readonly name: string; readonly message: string }
}

/** Finishes a job whose every slice has its result. */
export function finishJob(turn: Turn, job: LiveJob): void {
  endJob(turn, job, 'complete')
}

export function abortJob(turn: Turn, job: LiveJob, reason: EndReason): void {
  endJob(turn, job, 'cancel', reason)
}

/** True when nothing is left to compute. */
export function isComplete(job: LiveJob): boolean {
  return job.closed && job.computed === job.total
}

function endJob(turn: Turn, job: LiveJob, event: 'complete' | 'cancel', reason?: EndReason): void {
  const state: JobState | undefined = nextState(job.state, event)
  if (state === undefined) return
  const { tx, jobs, workers, now } = turn
  writeEnd(tx, job.no, state, now)
  endLeasesOfJob(tx, job.no, now)
  deleteHolesOfJob(tx, job.no)
  insertEvent(tx, {
    job: job.no,
    label: 'stop',
    body: { runStatus: state, sliceCount: job.total, ...reason },
    at: now,
  })
  for (const lease of job.leases.values()) {
    workers.get(lease.worker)?.leases.delete(lease)
    noteOver(turn.after.news, lease)
  }
  job.state = state
  job.closed = true
  jobs.remove(job)
  turn.after.changed.add(job.no)
}
