/** The jobs this worker knows, so that the scheduler sends work functions and arguments only once. */
import type { JobId } from '@manyhands/protocol'

import type { HeldJob } from './job.ts'
import { limits } from '../limits.ts'

export interface JobCache {
  /** Jobs the scheduler need not describe again. */
  known(): JobId[]
  get(id: JobId): HeldJob | undefined
  /** Keeps a job; past the limit the longest unused one is forgotten. */
  put(job: HeldJob): void
  forget(id: JobId): void
}

export function createJobCache(max: number = limits.knownJobsMax): JobCache {
  // A Map iterates in the order of insertion, so the first key is the longest unused.
  const jobs = new Map<JobId, HeldJob>()
  return {
    known: () => [...jobs.keys()],
    get(id) {
      const job = jobs.get(id)
      if (job !== undefined) {
        jobs.delete(id)
        jobs.set(id, job)
      }
      return job
    },
    put(job) {
      jobs.delete(job.id)
      jobs.set(job.id, job)
      for (const id of jobs.keys()) {
        if (jobs.size <= max) break
        jobs.delete(id)
      }
    },
    forget(id) {
      jobs.delete(id)
    },
  }
}
