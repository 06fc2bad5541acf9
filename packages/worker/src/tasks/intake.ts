/**
 * Takes tasks in: opens their jobs, and ends at once those that cannot be run here, as failed when
 * their job is at fault and given back otherwise.
 */
import { DcpError, isDcpError, parseSliceSet, slicesIn } from '@manyhands/protocol'
import type { ColumnTask, ColumnTaskReply, JobId, Logger, SliceFailure } from '@manyhands/protocol'

import { failureOf } from '../failure.ts'
import { createJobCache } from './job-cache.ts'
import { openJob } from './job.ts'
import { limits } from '../limits.ts'
import type { ArtifactReader, HeldJob, WorkServices } from './job.ts'
import type { Remote } from '../remote/remote.ts'
import { holdTask } from './task.ts'
import type { HeldTask } from './task.ts'

export interface IntakeDeps {
  readonly logger: Logger
  readonly remote: Remote
  readonly services: WorkServices
  readonly fetchText: ((location: URL) => Promise<string>) | undefined
  readonly fail: (task: ColumnTask, slice: number, failure: SliceFailure) => void
  readonly giveBack: (task: ColumnTask, slices: readonly number[]) => void
}

export interface Intake {
  /** Jobs the scheduler need not describe again. */
  known(): JobId[]
  /** The tasks of the reply that can be run; the others have been ended. */
  take(reply: ColumnTaskReply): Promise<HeldTask[]>
  /** Takes no task of this job any more. */
  leave(job: string): void
  /** The jobs it was told to leave. */
  left(): string[]
  /** Gives all back: no work is taken any more. */
  decline(reply: ColumnTaskReply): void
}

export function createIntake(deps: IntakeDeps): Intake {
  const { logger, remote, fetchText } = deps
  const jobs = createJobCache()
  const left = new Set<string>()

  function readerFor(group: string | undefined): ArtifactReader {
    return {
      async workFunction(location) {
        if (fetchText === undefined || !remote.allows(location, 'fetchWorkFunctions', group)) {
          throw new DcpError(
            'EPERM_ORIGIN',
            `the origin ${location.origin} is not allowed on this worker`,
          )
        }
        return fetchText(location)
      },
      argument: (location) => remote.read(location, 'fetchArguments', group),
    }
  }

  async function jobOf(task: ColumnTask, reply: ColumnTaskReply): Promise<HeldJob> {
    const artifacts = reply.jobs[task.job]
    const kept = jobs.get(task.job)
    if (artifacts === undefined) {
      if (kept === undefined)
        throw new DcpError('INTERNAL', 'a task of a job that was not described')
      return kept
    }
    const job = await openJob(artifacts, readerFor(task.group), deps.services)
    jobs.put(job)
    return job
  }

  /** Only an error that names the job's own fault is blamed on its slices. */
  function refuse(task: ColumnTask, error: unknown): void {
    const slices = [...slicesIn(parseSliceSet(task.slices))]
    if (!isDcpError(error) || error.retryable || error.code === 'INTERNAL') {
      deps.giveBack(task, slices)
      return
    }
    const { name, message, code } = error
    const failure = failureOf({ name, message, code })
    for (const slice of slices) deps.fail(task, slice, failure)
  }

  async function takeOne(task: ColumnTask, reply: ColumnTaskReply): Promise<HeldTask | undefined> {
    if (left.has(task.job)) {
      deps.giveBack(task, [...slicesIn(parseSliceSet(task.slices))])
      return undefined
    }
    try {
      const job = await jobOf(task, reply)
      if (job.broken === undefined) return holdTask(task, job)
      refuse(task, job.broken)
    } catch (error) {
      logger.warn('a task cannot be run here', { job: task.job, error })
      refuse(task, error)
    }
    return undefined
  }

  return {
    known: () => jobs.known(),
    async take(reply) {
      if (reply.computeGroupOrigins !== undefined) remote.note(reply.computeGroupOrigins)
      const held: HeldTask[] = []
      for (const task of reply.tasks) {
        const one = await takeOne(task, reply)
        if (one === undefined) continue
        held.push(one)
        const { lease, kind } = task
        logger.debug('task', { job: task.job, lease, slices: one.total, kind })
      }
      return held
    },
    leave(job) {
      left.delete(job)
      left.add(job)
      const [oldest] = left
      if (left.size > limits.leftJobsMax && oldest !== undefined) left.delete(oldest)
    },
    left: () => [...left],
    decline(reply) {
      for (const task of reply.tasks) {
        deps.giveBack(task, [...slicesIn(parseSliceSet(task.slices))])
      }
    },
  }
}
