/** Requests of the reporting service, pheme (operations §6). */
import * as v from 'valibot'

import { jobStates } from '../constants.ts'
import { address, arrayOf, finite, flag, jobAlias } from './fields.ts'
import type { JobState } from '../constants.ts'
import type { RequestSchema } from './request.ts'

export interface ListJobs {
  /** One job only. */
  readonly job?: string
  /** Its name in dialect 4. */
  readonly jobAddress?: string
  /** Default all. */
  readonly statuses?: readonly JobState[]
  /** Milliseconds since 1970, inclusive. */
  readonly startDeployTime?: number
  readonly endDeployTime?: number
}

const timeRule = 'must be milliseconds since 1970 or an ISO date'

/** A time as number or as ISO text, made a number. */
const time = v.pipe(
  v.union([finite, v.pipe(v.string(), v.maxLength(64))], timeRule),
  v.transform((value) => (typeof value === 'number' ? value : Date.parse(value))),
  v.finite(timeRule),
)

export const listJobs: RequestSchema<ListJobs> = v.object({
  job: v.exactOptional(jobAlias),
  jobAddress: v.exactOptional(jobAlias),
  statuses: v.exactOptional(
    arrayOf(v.picklist(jobStates, `must be one of ${jobStates.join(', ')}`), jobStates.length),
  ),
  startDeployTime: v.exactOptional(time),
  endDeployTime: v.exactOptional(time),
})

/** `fetchJobReport`, `fetchSliceReport` and `countSlices`. */
export interface JobReportRequest {
  readonly job: string
  /** A hint; who signed decides. */
  readonly jobOwner?: string
}

const report: RequestSchema<JobReportRequest> = v.object({
  job: jobAlias,
  jobOwner: v.exactOptional(address),
})

export const fetchJobReport: RequestSchema<JobReportRequest> = report

export const fetchSliceReport: RequestSchema<JobReportRequest> = report

export const countSlices: RequestSchema<JobReportRequest> = report

export interface CountJobs {
  readonly jobOwner?: string
  readonly isSelectingAll?: boolean
}

export const countJobs: RequestSchema<CountJobs> = v.object({
  jobOwner: v.exactOptional(address),
  isSelectingAll: v.exactOptional(flag),
})
