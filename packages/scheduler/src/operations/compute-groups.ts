/**
 * Service computeGroups (operations §8). Refusals travel inside a successful response: programs of
 * the official packages read them there.
 */
import type { Dispatch, IncomingRequest } from '@manyhands/connection'
import {
  addJobToGroups,
  changeGroup as changeGroupSchema,
  createGroup as createGroupSchema,
  DcpError,
  deleteGroup as deleteGroupSchema,
  isDcpError,
  listGroupJobs,
  parseRequest,
  removeAllJobs,
  removeJob,
} from '@manyhands/protocol'
import type { GroupRequest, JoinDescriptor, RequestSchema } from '@manyhands/protocol'
import { changeGroup } from '../groups/change-group.ts'
import { describeGroup } from '../groups/compute-group.ts'
import type { ComputeGroup } from '../groups/compute-group.ts'
import { createGroup } from '../groups/create-group.ts'
import { jobsOfGroup } from '../groups/groups-store.ts'
import { joinGroups } from '../groups/join-groups.ts'
import { deleteGroup, emptyGroup, leaveGroup } from '../groups/leave-group.ts'
import { findGroup, findOwnGroup } from '../groups/own-group.ts'
import { knowsSecret } from '../groups/proof.ts'
import { findOwnJob } from '../jobs/find-job.ts'
import { addressAlias, findJob, getJob } from '../jobs/jobs-store.ts'
import { groupJobsMax } from '../limits.ts'
import { statusOf } from '../reports/job-status.ts'
import type { Turn } from '../turn.ts'
import { once } from './call.ts'
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

/** An operation of the owner of a group, or of whoever would become one. */
function softly<Request>(
  deps: OperationDeps,
  operation: string,
  schema: RequestSchema<Request>,
  useCase: (turn: Turn, data: Request, request: IncomingRequest) => unknown,
  changes = true,
): Dispatch {
  return async (request): Promise<Soft> => {
    try {
      const data = parseRequest(schema, request.data, operation)
      const run = (turn: Turn): unknown => useCase(turn, data, request)
      const payload = await (changes ? once(deps, request, run) : deps.turns.take(run))
      return { success: true, payload }
    } catch (error) {
      if (!isDcpError(error) || error.retryable) throw error
      return refuse(error.code, error.message)
    }
  }
}

function listJobs(turn: Turn, { descriptor }: GroupRequest, { peer }: IncomingRequest): unknown {
  const group = findOwnGroup(turn, descriptor, peer)
  const jobs = jobsOfGroup(turn.tx, group.id, groupJobsMax).map((no) => getJob(turn.tx, no))
  return jobs.filter((job) => job !== undefined).map(statusOf)
}

export function createComputeGroups(deps: OperationDeps): Operations {
  const { crypto, groupPolicy, refusals } = deps

  /** By the secret, or as the identity that the group was made for. */
  function mayJoin(
    group: ComputeGroup,
    descriptor: JoinDescriptor,
    { session, peer }: IncomingRequest,
  ): boolean {
    if (knowsSecret(group, descriptor.joinHashHash, session.dcpsid, crypto)) return true
    const { joinAddress } = group
    if (joinAddress !== null && addressAlias(joinAddress) === addressAlias(peer)) return true
    refusals.note('secret', peer)
    return false
  }

  return {
    async addJobToGroups(request) {
      const { job, cgArray: wanted } = parseRequest(addJobToGroups, request.data, 'addJobToGroups')
      const { peer: caller } = request
      return deps.turns.take((turn): Soft => {
        const found = findOwnJob(turn, job, caller)
        const { groups, refusals } = joinGroups(turn, found, {
          wanted,
          caller,
          mayJoin: (group, descriptor) => mayJoin(group, descriptor, request),
        })
        if (groups.length > 0 || wanted.length === 0) return { success: true, payload: groups }
        const why = refusals.slice(0, 3).join('; ')
        return refuse('ECGNONE', `the job could join none of the compute groups: ${why}`)
      })
    },

    createGroup: softly(deps, 'createGroup', createGroupSchema, (turn, data, { peer }) => {
      if (groupPolicy.create) return createGroup(turn, data, peer).id
      throw new DcpError('EPERM', 'compute groups are made by the operator of this computer')
    }),

    changeGroup: softly(deps, 'changeGroup', changeGroupSchema, (turn, data, { peer }) =>
      describeGroup(changeGroup(turn, data, peer)),
    ),

    deleteGroup: softly(deps, 'deleteGroup', deleteGroupSchema, (turn, data, { peer }) => {
      const group = findOwnGroup(turn, data.descriptor, peer)
      if (!groupPolicy.delete) {
        throw new DcpError('EPERM', 'compute groups are deleted by the operator of this computer')
      }
      deleteGroup(turn, group)
      return group.id
    }),

    listJobs: softly(deps, 'listJobs', listGroupJobs, listJobs, false),

    removeJob: softly(deps, 'removeJob', removeJob, (turn, data, { peer }) => {
      const group = findGroup(turn, data.descriptor)
      const job = findJob(turn.tx, data.job)
      if (job?.owner !== peer) findOwnGroup(turn, data.descriptor, peer)
      if (job !== undefined && leaveGroup(turn, job.no, group)) return job.id
      throw new DcpError('ENOENT', `the job ${data.job} is not in the compute group`)
    }),

    removeAllJobs: softly(deps, 'removeAllJobs', removeAllJobs, (turn, data, { peer }) => {
      const group = findOwnGroup(turn, data.descriptor, peer)
      return emptyGroup(turn, group).map((no) => getJob(turn.tx, no)?.id)
    }),
  }
}
