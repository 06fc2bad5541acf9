/** Lets a job meet workers as soon as it has a compute group and a slice. */
import { jobFlags } from '@manyhands/protocol'
import type { Turn } from '../turn.ts'
import { finishJob, isComplete } from './end-job.ts'
import { isMeasured, nextState, startEvent } from './job.ts'
import { writeState } from './jobs-store.ts'
import type { LiveJob } from './live-job.ts'

/** To be called after every change of a job's groups, slices or closing. */
export function startJob(turn: Turn, job: LiveJob): void {
  if (isComplete(job)) {
    finishJob(turn, job)
    return
  }
  if (job.state === 'new') {
    const event = startEvent({
      inGroup: job.groups.size > 0,
      localExec: (job.flags & jobFlags.localExec) !== 0,
      total: job.total,
      estimationSlices: job.estimationSlices,
    })
    const state = event === undefined ? undefined : nextState(job.state, event)
    if (state !== undefined) setState(turn, job, state)
  }
  leaveEstimation(turn, job)
  turn.jobs.touch(job)
  turn.after.work ||= turn.jobs.ready.has(job)
  turn.after.changed.add(job.no)
}

/** Ends the estimation of a job when enough slices came back. */
export function leaveEstimation(turn: Turn, job: LiveJob): void {
  if (job.state === 'estimation' && isMeasured(job)) setState(turn, job, 'running')
}

function setState(turn: Turn, job: LiveJob, state: LiveJob['state']): void {
  writeState(turn.tx, job.no, state)
  job.state = state
}
