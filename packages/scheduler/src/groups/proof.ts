/**
 * Who belongs to a compute group. A secret is proven by a hash that holds for one session only
 * (operations §8.1), so that nobody can use what he overheard.
 */
import { timingSafeEqual } from 'node:crypto'

import type { ServerSession } from '@manyhands/connection'
import type { JoinDescriptor } from '@manyhands/protocol'
import { joinHashHash } from '@manyhands/wallet'
import type { Crypto } from '@manyhands/wallet'
import { isPublic } from './compute-group.ts'
import type { ComputeGroup } from './compute-group.ts'
import type { Refusals } from '../refusals.ts'
import type { LiveGroups } from './live-groups.ts'

/** True for the public group, and when the secret of another one is known on this session. */
export function knowsSecret(
  group: ComputeGroup,
  given: string | undefined,
  dcpsid: string,
  crypto: Crypto,
): boolean {
  if (isPublic(group)) return true
  if (group.joinHash === null || given === undefined) return false
  const expected = Buffer.from(joinHashHash(dcpsid, group.joinHash, crypto))
  const proof = Buffer.from(given)
  return proof.length === expected.length && timingSafeEqual(proof, expected)
}

/** What a worker sends of its groups with each request for work. */
type Credentials = readonly Pick<JoinDescriptor, 'joinKey' | 'id' | 'joinHashHash'>[]

export interface Memberships {
  /** Ids of the groups whose secrets a worker knows. */
  of(groups: LiveGroups, session: ServerSession, credentials: Credentials): ReadonlySet<string>
}

interface Proven {
  readonly credentials: Credentials
  readonly text: string
  readonly version: number
  readonly ids: ReadonlySet<string>
}

/** A worker proves the same groups again and again: each session is looked at once. */
export function createMemberships(crypto: Crypto, refusals: Refusals): Memberships {
  const proven = new WeakMap<ServerSession, Proven>()
  return {
    of(groups, session, credentials) {
      const { version } = groups
      const known = proven.get(session)
      const isNew = known?.version !== version
      if (!isNew && known.credentials === credentials) return known.ids
      const text = JSON.stringify(credentials)
      if (!isNew && known.text === text) return known.ids
      const ids = new Set<string>()
      for (const descriptor of credentials) {
        const group = groups.find(descriptor)
        if (group === undefined) continue
        if (knowsSecret(group, descriptor.joinHashHash, session.dcpsid, crypto)) ids.add(group.id)
        else refusals.note('secret', session.peer)
      }
      proven.set(session, { credentials, text, version, ids })
      return ids
    },
  }
}
