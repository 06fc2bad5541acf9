/**
 * Fair shares: each job has a virtual clock that runs with the time of the slices given out for it,
 * and the job whose clock is furthest behind is served next.
 */

/** Charged for a slice of a job that was never measured, milliseconds. */
const unmeasuredMs = 10

export interface Share {
  /** The job's virtual clock, milliseconds. */
  served: number
}

/** The most neglected of some jobs; the earlier one when they are equal. */
export function mostNeglected<Job extends Share>(jobs: Iterable<Job>): Job | undefined {
  let best: Job | undefined
  for (const job of jobs) if (best === undefined || job.served < best.served) best = job
  return best
}

export function charge(job: Share, slices: number, meanMs: number | undefined): void {
  job.served += slices * (meanMs ?? unmeasuredMs)
}

/** Where the clock of a job starts that just became ready: with the others, not with a credit. */
export function startingShare(ready: Iterable<Share>, own: number): number {
  let least = Infinity
  for (const job of ready) least = Math.min(least, job.served)
  return least === Infinity ? own : Math.max(own, least)
}
