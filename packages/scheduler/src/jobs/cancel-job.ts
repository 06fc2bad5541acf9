/** Cancels a job on request. A job that has ended stays as it is. */
import type { Turn } from '../turn.ts'
import { abortJob } from './end-job.ts'
import type { FoundJob } from './find-job.ts'
import { nextState } from './job.ts'
import { writeContact, writeState } from './jobs-store.ts'

export function cancelJob(turn: Turn, { live }: FoundJob, reason: string): void {
  if (live !== undefined) abortJob(turn, live, { reason, code: 'ECANCEL' })
}

/** Lets a paused job run again, and counts as a sign of life of its owner. */
export function resumeJob(turn: Turn, { live }: FoundJob): void {
  if (live === undefined) return
  live.lastContact = turn.now
  writeContact(turn.tx, live.no, turn.now)
  const state = nextState(live.state, 'resume')
  if (state === undefined) return
  live.state = state
  writeState(turn.tx, live.no, state)
  turn.jobs.touch(live)
  turn.after.work = true
  turn.after.changed.add(live.no)
}
