/** What can be asked about jobs that are deployed, whoever holds their handles. */
import { type Address, DcpError } from '@manyhands/protocol'

import type { ClientContext, PaymentAccount } from '../context.ts'
import { createJob } from '../job/create-job.ts'
import { type Job, isJob } from '../job/job.ts'
import type { SchedulerLink } from '../scheduler/link.ts'

/** A handle, the id of a job, or the address of its escrow. */
export type JobReference = Job | string

/** What the scheduler tells of a job; more members may come. */
export interface JobStatusObject {
  readonly job: string
  readonly address: string
  readonly name: string
  readonly status: string
  readonly runStatus: string
  readonly total: number
  readonly distributed: number
  readonly computed: number
  readonly deployTime: number
  readonly endTime: number | null
  readonly [member: string]: unknown
}

type Time = number | Date

export interface StatusQuery {
  readonly startTime?: Time
  readonly endTime?: Time
  readonly statuses?: readonly string[]
}

interface ComputeStatus {
  /** Form 1: of one job. Throws ENOENT when there is no such job of this owner. */
  (job: JobReference): Promise<JobStatusObject>
  /** Form 2: of all jobs that an account pays for, deployed in that time. */
  (paymentAccount: PaymentAccount, startTime?: Time, endTime?: Time): Promise<JobStatusObject[]>
  (query: StatusQuery): Promise<JobStatusObject[]>
}

export interface ComputeJobs {
  readonly status: ComputeStatus
  /** Resolves when no further cost can arise from the job. */
  cancel(job: JobReference, reason?: unknown): Promise<void>
  /** A handle of a job deployed before; `exec` takes it up. */
  resume(job: JobReference): Job
  getJobInfo(job: JobReference): Promise<Readonly<Record<string, unknown>>>
  getSliceInfo(job: JobReference): Promise<readonly Readonly<Record<string, unknown>>[]>
}

const addressForm = /^0x[0-9a-fA-F]{40}$/

function nameOf(job: JobReference): string {
  const name = isJob(job) ? job.id : job
  if (typeof name === 'string' && name !== '') return name
  throw new DcpError('EBADARG', 'job must be a job handle or the id of a job', {
    details: { field: 'job' },
  })
}

function isQuery(value: unknown): value is StatusQuery {
  if (typeof value !== 'object' || value === null || isJob(value)) return false
  return ['startTime', 'endTime', 'statuses'].some((name) => name in value)
}

function millis(time: Time | undefined, field: string): number | undefined {
  const value = time instanceof Date ? time.getTime() : time
  if (value === undefined || Number.isFinite(value)) return value
  throw new DcpError('EBADARG', `${field} must be a Date or milliseconds since 1970`, {
    details: { field },
  })
}

export function createComputeJobs(context: ClientContext): ComputeJobs {
  /** The scheduler of a job whose handle is there; an id is one of the client's own. */
  const linkOf = (job: JobReference): SchedulerLink =>
    (isJob(job) ? context.at(job.scheduler) : context).link

  async function list(
    query: Readonly<Record<string, unknown>>,
    link = context.link,
  ): Promise<JobStatusObject[]> {
    const reply = await link.request('pheme.listJobs', query)
    return Array.isArray(reply) ? (reply as JobStatusObject[]) : []
  }

  async function find(job: JobReference): Promise<JobStatusObject | undefined> {
    return (await list({ job: nameOf(job) }, linkOf(job)))[0]
  }

  async function between(query: StatusQuery, payer?: Address): Promise<JobStatusObject[]> {
    const jobs = await list({
      startDeployTime: millis(query.startTime, 'startTime'),
      endDeployTime: millis(query.endTime, 'endTime'),
      statuses: query.statuses,
    })
    if (payer === undefined) return jobs
    return jobs.filter((job) => String(job.paymentAccount).toLowerCase() === payer.toLowerCase())
  }

  async function status(subject: unknown, startTime?: Time, endTime?: Time): Promise<unknown> {
    if (isQuery(subject)) return between(subject)
    const timed = startTime !== undefined || endTime !== undefined
    if (isJob(subject) || (typeof subject === 'string' && !timed)) {
      const name = nameOf(subject)
      const found = await find(subject)
      if (found !== undefined) return found
      // An address is that of a job's escrow or that of an account.
      if (!addressForm.test(name)) throw new DcpError('ENOENT', `there is no job ${name} of yours`)
      return between({}, name as Address)
    }
    const times = {
      ...(startTime === undefined ? {} : { startTime }),
      ...(endTime === undefined ? {} : { endTime }),
    }
    const isAddress = typeof subject === 'string' && addressForm.test(subject)
    const payer = isAddress ? (subject as Address) : (await context.account(subject)).address
    return between(times, payer)
  }

  async function about(operation: string, job: JobReference): Promise<unknown> {
    const jobOwner = await context.owner()
    return linkOf(job).request(operation, { job: nameOf(job), jobOwner })
  }

  return {
    status: status as ComputeStatus,
    async cancel(job, reason) {
      // dcp-client 5 has a keystore as its second argument; who may cancel is decided by the owner.
      const text = typeof reason === 'string' ? reason : ''
      const data = { job: nameOf(job), reason: text }
      await linkOf(job).request('jobSubmit.cancelJob', data)
    },
    resume: (job) =>
      createJob(isJob(job) ? context.at(job.scheduler) : context, { id: nameOf(job) }),
    async getJobInfo(job) {
      return (await about('pheme.fetchJobReport', job)) as Record<string, unknown>
    },
    async getSliceInfo(job) {
      const reply = (await about('pheme.fetchSliceReport', job)) as {
        slices?: Record<string, unknown>[]
      }
      return reply.slices ?? []
    },
  }
}
