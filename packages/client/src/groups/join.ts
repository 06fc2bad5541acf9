/**
 * Joins compute groups. What proves that a secret is known holds for one session only, so it is made
 * when a session is there, and anew when that is lost.
 */
import type { Connection } from '@manyhands/connection'
import { DcpError, isDcpError, publicComputeGroup } from '@manyhands/protocol'
import { createPureCrypto, joinHash, joinHashHash } from '@manyhands/wallet'

import { limits } from '../limits.ts'

/** A compute group, and what is needed to join it. */
export interface ComputeGroup {
  /** Its login name. */
  readonly joinKey?: string
  readonly joinSecret?: string
  /** Hash of name and secret, in place of the secret. */
  readonly joinHash?: string
  /** Its opaque id, in place of the name. */
  readonly id?: string | number
  readonly opaqueId?: string
  readonly joinAddress?: string
  readonly name?: string
}

function isGroup(value: unknown): value is ComputeGroup {
  if (typeof value !== 'object' || value === null) return false
  return ['joinKey', 'id', 'opaqueId'].some((name) => Object.hasOwn(value, name))
}

/** A copy of a list of groups. Throws EBADARG. */
export function parseGroups(value: unknown): readonly ComputeGroup[] {
  const list: unknown[] = Array.isArray(value) ? [...(value as readonly unknown[])] : [undefined]
  const wrong = list.findIndex((one) => !isGroup(one))
  if (wrong < 0) return list as ComputeGroup[]
  throw new DcpError(
    'EBADARG',
    'computeGroups must be an array of compute groups, each with a joinKey or an id',
    { details: { field: 'computeGroups', index: wrong } },
  )
}

export function isPublicGroup({ joinKey, id, opaqueId }: ComputeGroup): boolean {
  const { joinKey: key, id: number, opaqueId: name } = publicComputeGroup
  return joinKey === key || id === number || id === name || opaqueId === name
}

/** The hash of a group's name and secret. */
export function hashOf({ joinKey, joinAddress, joinSecret = '' }: ComputeGroup): string {
  return joinHash(joinKey ?? joinAddress ?? '', joinSecret, createPureCrypto())
}

export function hasSecret(group: ComputeGroup): boolean {
  if (isPublicGroup(group)) return false
  return group.joinSecret !== undefined || group.joinHash !== undefined
}

/** How a request names a group; secrets stay here. */
export function descriptorOf({ joinKey, id, opaqueId }: ComputeGroup): Record<string, unknown> {
  if (joinKey !== undefined) return { joinKey }
  return { id: id ?? opaqueId }
}

function joinDescriptor(group: ComputeGroup, dcpsid: string): Record<string, unknown> {
  if (isPublicGroup(group)) return { ...publicComputeGroup }
  const { joinAddress } = group
  return {
    ...descriptorOf(group),
    ...(joinAddress === undefined ? {} : { joinAddress }),
    ...(hasSecret(group)
      ? { joinHashHash: joinHashHash(dcpsid, group.joinHash ?? hashOf(group), createPureCrypto()) }
      : {}),
  }
}

/** The `cgArray` of a request; waits for a session when a secret is to be proven. */
export async function joinDescriptors(
  connection: Pick<Connection, 'session'>,
  groups: readonly ComputeGroup[],
): Promise<Record<string, unknown>[]> {
  const dcpsid = groups.some(hasSecret) ? await connection.session() : ''
  return groups.map((group) => joinDescriptor(group, dcpsid))
}

/** Asks again on another session when the one of the proofs was lost. */
export async function joinGroups(
  connection: Pick<Connection, 'session' | 'request'>,
  job: string,
  groups: readonly ComputeGroup[],
): Promise<unknown> {
  for (let tries = 1; ; tries++) {
    // oxlint-disable-next-line no-await-in-loop -- one try after the other
    const cgArray = await joinDescriptors(connection, groups)
    try {
      // oxlint-disable-next-line no-await-in-loop -- one try after the other
      return await connection.request('computeGroups.addJobToGroups', { job, cgArray })
    } catch (error) {
      if (!isDcpError(error, 'ECONNRESET') || tries >= limits.joinTriesMax) throw error
    }
  }
}
