/**
 * Workers that may not go where a job's data is: for a while they do not get it again, or they would
 * be handed the same slices every second. A worker that starts anew may have been told otherwise.
 */
import type { LiveJob } from '../jobs/live-job.ts'
import { unwillingMax, unwillingMs } from '../limits.ts'
import type { LiveWorker } from './live-workers.ts'

/** What is remembered of a worker. */
export interface Unwilling {
  readonly incarnation: string
  readonly until: number
}

/** Codes that say of a worker, not of a slice, that it does not compute a job. */
const codes: ReadonlySet<string | undefined> = new Set(['EPERM_ORIGIN'])

export function noteUnwilling(
  job: LiveJob,
  worker: LiveWorker | undefined,
  code: string | undefined,
  now: number,
): void {
  if (worker === undefined || !codes.has(code)) return
  job.unwilling.delete(worker.key)
  job.unwilling.set(worker.key, { incarnation: worker.incarnation, until: now + unwillingMs })
  if (job.unwilling.size <= unwillingMax) return
  const [oldest] = job.unwilling.keys()
  if (oldest !== undefined) job.unwilling.delete(oldest)
}

export function isUnwilling(job: LiveJob, worker: LiveWorker, now: number): boolean {
  if (job.unwilling.size === 0) return false
  const known = job.unwilling.get(worker.key)
  if (known === undefined) return false
  if (known.incarnation === worker.incarnation && now < known.until) return true
  job.unwilling.delete(worker.key)
  return false
}
