/** Service pheme: reports about jobs, for their owners (operations §6). */
import { DcpError, jobStates } from '@manyhands/protocol'
import type { Address } from '@manyhands/protocol'
import { findOwnJob } from '../jobs/find-job.ts'
import { countJobs, findJob, listJobs } from '../jobs/jobs-store.ts'
import type { JobRecord } from '../jobs/jobs-store.ts'
import { statusOf } from '../reports/job-status.ts'
import { countSlices, reportSlices } from '../reports/slice-report.ts'
import type { Turn } from '../turn.ts'
import type { OperationDeps, Operations } from './call.ts'
import type { Fields } from './fields.ts'

/** Jobs in one list. */
const jobsMax = 10_000

export function createPheme({ turns }: OperationDeps): Operations {
  return {
    listJobs({ fields, request }) {
      const name = fields.optionalText('job') ?? fields.optionalText('jobAddress')
      const states = fields.has('statuses') ? fields.texts('statuses', jobStates.length) : undefined
      const from = readTime(fields, 'startDeployTime')
      const to = readTime(fields, 'endDeployTime')
      return turns.take((turn) => {
        if (name !== undefined) return ownJob(turn, name, request.peer).map(statusOf)
        const bounds = {
          ...(states === undefined ? {} : { states }),
          ...(from === undefined ? {} : { from }),
          ...(to === undefined ? {} : { to }),
        }
        return listJobs(turn.tx, { owner: request.peer, ...bounds, limit: jobsMax }).map(statusOf)
      })
    },

    fetchJobReport({ fields, request }) {
      const name = fields.text('job')
      return turns.take((turn) => {
        const { record, live } = findOwnJob(turn, name, request.peer)
        return {
          ...statusOf(record),
          totalSlices: record.total,
          completedSlices: record.computed,
          activeSlices: live?.leases.size ?? 0,
          totalCPUTime: record.cpuMs / 1000,
          totalGPUTime: 0,
          failures: record.failures,
        }
      })
    },

    fetchSliceReport({ fields, request }) {
      const name = fields.text('job')
      return turns.take((turn) => {
        const { record, live } = findOwnJob(turn, name, request.peer)
        return { slices: reportSlices(turn.tx, record, live) }
      })
    },

    countJobs({ request }) {
      return turns.take(({ tx }) => ({ count: countJobs(tx, request.peer) }))
    },

    countSlices({ fields, request }) {
      const name = fields.text('job')
      return turns.take((turn) => {
        const { record, live } = findOwnJob(turn, name, request.peer)
        return { count: record.total, byStatus: countSlices(record, live) }
      })
    },
  }
}

/** The named job when the caller owns it; a list of one, or of none. */
function ownJob({ tx }: Turn, name: string, caller: Address): JobRecord[] {
  const record = findJob(tx, name)
  return record === undefined || record.owner !== caller ? [] : [record]
}

/** Milliseconds since 1970, or a date in ISO-8601. */
function readTime(fields: Fields, name: string): number | undefined {
  if (!fields.has(name)) return undefined
  const value = fields.source[name]
  const time = typeof value === 'string' ? Date.parse(value) : value
  if (typeof time === 'number' && Number.isFinite(time)) return time
  throw new DcpError('EBADARG', `${fields.operation}: "${name}" must be a time`)
}
