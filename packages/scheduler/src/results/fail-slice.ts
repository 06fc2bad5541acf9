/** A slice that a worker could not compute: tried elsewhere up to a limit, then its job is given up. */
import type { SliceFailure } from '@manyhands/protocol'
import { abortJob } from '../jobs/end-job.ts'
import type { LiveJob } from '../jobs/live-job.ts'
import { errorTextMax, sliceAttemptsMax, sliceReturnsMax } from '../limits.ts'
import { reissue } from '../tasks/release.ts'
import { noteUnwilling } from '../tasks/unwilling.ts'
import type { Turn } from '../turn.ts'
import { endCode, failuresAllowed } from './trouble.ts'
import type { Blame } from './trouble.ts'
import { readTrouble, writeTrouble } from './trouble-store.ts'

export interface Failure {
  readonly slice: number
  readonly error: SliceFailure
  readonly blame: Blame
  /** Key of the worker. */
  readonly worker: string
}

/** Ends the job when that was one failure too many; otherwise the slice is issued again. */
export function failSlice(turn: Turn, job: LiveJob, failure: Failure): void {
  const { tx } = turn
  const { slice, blame, worker, error } = failure
  noteUnwilling(job, turn.workers.get(worker), error.code, turn.now)
  const before = readTrouble(tx, job.no, slice)
  const attempts = before.attempts + (blame === 'count' ? 1 : 0)
  const returns = before.returns + (blame === 'count' ? 0 : 1)
  const workers = [...new Set([...before.workers, worker])].slice(-sliceAttemptsMax)
  const lastError = `${error.name}: ${error.message}`.slice(0, errorTextMax)
  writeTrouble(tx, job.no, slice, { attempts, returns, workers, lastError })
  // The first failure of a slice may be its worker's; the second one is held against the job.
  if (blame === 'count' && attempts === 2) job.failures++
  if (attempts >= sliceAttemptsMax || returns >= sliceReturnsMax) {
    const times = attempts > 0 ? `failed ${attempts} times` : `came back ${returns} times`
    giveUp(turn, job, error, `slice ${slice} ${times}`)
  } else if (job.failures > failuresAllowed(job.computed)) {
    giveUp(turn, job, error, `${job.failures} slices failed more than once`)
  } else {
    reissue(turn, job, [[slice, slice]], {
      reason: error.code ?? error.name,
      attempts,
      excluded: workers,
    })
  }
}

function giveUp(turn: Turn, job: LiveJob, error: SliceFailure, what: string): void {
  abortJob(turn, job, {
    reason: `the job was cancelled because ${what}; the last error: ${error.message}`,
    code: endCode(error.code),
    error: { name: error.name, message: error.message },
  })
}
