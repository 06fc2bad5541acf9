/**
 * The module `compute-groups`: groups of workers and jobs that their owners make. As in the official
 * package a refusal is an answer, `{success: false, error}`, and not an error that is thrown.
 */
import { DcpError, type ErrorCode, isDcpError } from '@manyhands/protocol'

import type { ClientContext } from '../context.ts'
import {
  type ComputeGroup,
  descriptorOf,
  hashOf,
  isPublicGroup,
  joinGroups,
  parseGroups,
} from './join.ts'

export interface GroupReply<Payload> {
  readonly success: boolean
  readonly payload?: Payload
  readonly error?: DcpError
}

/** What the owner of a group may set; more in the reference of compute groups. */
export interface ComputeGroupProperties {
  readonly commissionRate?: number | string
  readonly deployFee?: number | string
  readonly addJobFee?: number | string
  readonly deployAccess?: 'owner' | 'join'
  readonly maxTotalPayment?: number | string | null
  readonly maxConcurrentEscrow?: number | string | null
  readonly maxConcurrentJobs?: number | null
  readonly maxConcurrentWorkers?: number | null
  readonly maxConcurrentSandboxes?: number | null
  readonly maxConcurrentCPUs?: number | null
  readonly maxConcurrentGPUs?: number | null
  /** What workers of the group that trust it may reach, by purpose. */
  readonly origins?: Readonly<Record<string, readonly string[]>>
}

export interface ComputeGroupChanges extends ComputeGroupProperties {
  readonly name?: string
  readonly description?: string
  readonly joinSecret?: string
  readonly joinHash?: string
  readonly joinAddress?: string
}

export interface ComputeGroups {
  /** Makes a group of the caller's own; its opaque id. */
  createGroup(
    group: ComputeGroup,
    name?: string,
    description?: string,
    properties?: ComputeGroupProperties,
  ): Promise<GroupReply<string>>
  changeGroup(
    group: ComputeGroup,
    changes: ComputeGroupChanges,
  ): Promise<GroupReply<Readonly<Record<string, unknown>>>>
  deleteGroup(group: ComputeGroup): Promise<GroupReply<string>>
  addJobToGroups(
    job: string,
    groups: readonly ComputeGroup[],
  ): Promise<GroupReply<readonly Readonly<Record<string, unknown>>[]>>
  /** The status of each job of a group of the caller's own. */
  listJobs(group: ComputeGroup): Promise<GroupReply<readonly Readonly<Record<string, unknown>>[]>>
  removeJob(job: string, group: ComputeGroup): Promise<GroupReply<string>>
  removeAllJobs(group: ComputeGroup): Promise<GroupReply<readonly string[]>>
  isPublicComputeGroup(group: ComputeGroup): boolean
  /** What a group's name and secret are hashed to; workers may be given it in place of the secret. */
  calculateJoinHash(group: ComputeGroup): string
}

export function createComputeGroups({ link }: ClientContext): ComputeGroups {
  async function answered<Payload>(asked: Promise<unknown>): Promise<GroupReply<Payload>> {
    try {
      const reply = (await asked) as GroupReply<Payload> & { code?: string; message?: string }
      if (reply.success) return reply
      // Codes of the scheduler are any text; the class documents that.
      const code = (reply.code ?? 'EINVAL') as ErrorCode
      return { success: false, error: new DcpError(code, reply.message ?? 'it was refused') }
    } catch (error) {
      if (isDcpError(error) && !error.retryable) return { success: false, error }
      throw error
    }
  }

  function ask<Payload>(operation: string, data: object): Promise<GroupReply<Payload>> {
    return answered(link.request(`computeGroups.${operation}`, data))
  }

  return {
    createGroup(group, name = '', description = '', otherProperties = {}) {
      const { joinKey, joinAddress, id } = group
      const joinHash = group.joinSecret === undefined ? group.joinHash : hashOf(group)
      const joinDescriptor = { joinKey, joinHash, id, joinAddress }
      return ask('createGroup', { joinDescriptor, name, description, otherProperties })
    },
    changeGroup(group, { joinSecret, ...changes }) {
      const joinHash =
        joinSecret === undefined ? changes.joinHash : hashOf({ ...group, joinSecret })
      const newDescriptor = { ...changes, joinHash }
      return ask('changeGroup', { descriptor: descriptorOf(group), newDescriptor })
    },
    deleteGroup: (group) => ask('deleteGroup', { descriptor: descriptorOf(group) }),
    async addJobToGroups(job, groups) {
      const wanted = parseGroups(groups)
      const lease = await link.acquire()
      try {
        return await answered(joinGroups(lease.connection, job, wanted))
      } finally {
        lease.release()
      }
    },
    listJobs: (group) => ask('listJobs', { descriptor: descriptorOf(group) }),
    removeJob: (job, group) => ask('removeJob', { job, descriptor: descriptorOf(group) }),
    removeAllJobs: (group) => ask('removeAllJobs', { descriptor: descriptorOf(group) }),
    isPublicComputeGroup: isPublicGroup,
    calculateJoinHash: hashOf,
  }
}
