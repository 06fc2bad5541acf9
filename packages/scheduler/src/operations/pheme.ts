/** Service pheme: reports about jobs, for their owners (operations §6). */
import {
  countJobs as countJobsSchema,
  countSlices as countSlicesSchema,
  fetchJobReport,
  fetchSliceReport,
  listJobs as listJobsSchema,
  parseRequest,
} from '@manyhands/protocol'
import type { Address } from '@manyhands/protocol'
import { findOwnJob } from '../jobs/find-job.ts'
import { countJobs, findJob, listJobs } from '../jobs/jobs-store.ts'
import type { JobRecord } from '../jobs/jobs-store.ts'
import { statusOf } from '../reports/job-status.ts'
import { countSlices, reportSlices } from '../reports/slice-report.ts'
import type { Turn } from '../turn.ts'
import type { OperationDeps, Operations } from './call.ts'

/** Jobs in one list. */
const jobsMax = 10_000

export function createPheme({ administrators, turns }: OperationDeps): Operations {
  return {
    async listJobs({ data, peer }) {
      const query = parseRequest(listJobsSchema, data ?? {}, 'listJobs')
      const { statuses: states, startDeployTime: from, endDeployTime: to } = query
      const name = query.job ?? query.jobAddress
      return turns.take((turn) => {
        if (name !== undefined) return ownJob(turn, name, peer).map(statusOf)
        const bounds = {
          ...(states === undefined ? {} : { states }),
          ...(from === undefined ? {} : { from }),
          ...(to === undefined ? {} : { to }),
        }
        return listJobs(turn.tx, { owner: peer, ...bounds, limit: jobsMax }).map(statusOf)
      })
    },

    async fetchJobReport({ data, peer }) {
      const { job } = parseRequest(fetchJobReport, data, 'fetchJobReport')
      return turns.take((turn) => {
        const { record, live } = findOwnJob(turn, job, peer)
        return {
          ...statusOf(record),
          totalSlices: record.total,
          completedSlices: record.computed,
          activeSlices: countSlices(record, live)['scheduled'],
          totalCPUTime: record.cpuMs / 1000,
          totalGPUTime: record.gpuMs / 1000,
        }
      })
    },

    async fetchSliceReport({ data, peer }) {
      const { job } = parseRequest(fetchSliceReport, data, 'fetchSliceReport')
      return turns.take((turn) => {
        const { record, live } = findOwnJob(turn, job, peer)
        return { slices: reportSlices(turn.tx, record, live) }
      })
    },

    async countJobs({ data, peer }) {
      const { isSelectingAll } = parseRequest(countJobsSchema, data ?? {}, 'countJobs')
      const owner = isSelectingAll === true && administrators.has(peer) ? undefined : peer
      return turns.take(({ tx }) => ({ count: countJobs(tx, owner) }))
    },

    async countSlices({ data, peer }) {
      const { job } = parseRequest(countSlicesSchema, data, 'countSlices')
      return turns.take((turn) => {
        const { record, live } = findOwnJob(turn, job, peer)
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
