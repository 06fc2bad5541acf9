/**
 * Service computeGroups. There is one group so far, the public one, which everybody may join and
 * nobody owns (operations §8). Refusals travel inside a successful response.
 */
import type { Dispatch } from '@manyhands/connection'
import { addJobToGroups, parseRequest } from '@manyhands/protocol'
import { joinGroups } from '../groups/join-groups.ts'
import { findOwnJob } from '../jobs/find-job.ts'
import type { OperationDeps, Operations } from './call.ts'

interface Soft {
  readonly success: boolean
  readonly payload?: unknown
  readonly code?: string
  readonly message?: string
}

function refuse(code: string, message: string): Soft {
  return { success: false, code, message }
}

export function createComputeGroups(deps: OperationDeps): Operations {
  const notThere: Dispatch = () =>
    Promise.resolve(refuse('ENOENT', 'there is no such compute group on this scheduler'))
  const notOffered: Dispatch = () =>
    Promise.resolve(
      refuse('ENOTSUPPORTED', 'this scheduler has the public compute group and makes no others'),
    )
  return {
    async addJobToGroups(request) {
      const { job, cgArray } = parseRequest(addJobToGroups, request.data, 'addJobToGroups')
      return deps.turns.take((turn): Soft => {
        const found = findOwnJob(turn, job, request.peer)
        const joined = joinGroups(turn, found, cgArray)
        if (joined.length > 0 || cgArray.length === 0) return { success: true, payload: joined }
        return refuse('ECGNONE', 'the job could join none of the compute groups')
      })
    },
    createGroup: notOffered,
    changeGroup: notThere,
    deleteGroup: notThere,
    listJobs: notThere,
    removeJob: notThere,
    removeAllJobs: notThere,
  }
}
