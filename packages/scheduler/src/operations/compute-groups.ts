/**
 * Service computeGroups. There is one group so far, the public one, which everybody may join and
 * nobody owns (operations §8). Refusals travel inside a successful response.
 */
import { findOwnJob } from '../jobs/find-job.ts'
import { joinGroups } from '../groups/join-groups.ts'
import type { OperationDeps, Operation, Operations } from './call.ts'

const groupsMax = 1000

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
  const notThere: Operation = () =>
    Promise.resolve(refuse('ENOENT', 'there is no such compute group on this scheduler'))
  const notOffered: Operation = () =>
    Promise.resolve(
      refuse('ENOTSUPPORTED', 'this scheduler has the public compute group and makes no others'),
    )
  return {
    addJobToGroups({ fields, request }) {
      const name = fields.text('job')
      const wanted = fields.objects('cgArray', groupsMax).map((group) => ({
        joinKey: group.optionalText('joinKey', 255),
        id: group.source['id'] as string | number | undefined,
        opaqueId: group.optionalText('opaqueId', 255),
      }))
      return deps.turns.take((turn): Soft => {
        const found = findOwnJob(turn, name, request.peer)
        const joined = joinGroups(turn, found, wanted)
        if (joined.length > 0 || wanted.length === 0) return { success: true, payload: joined }
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
