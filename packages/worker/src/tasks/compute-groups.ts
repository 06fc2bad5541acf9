/** Proves membership of compute groups to the scheduler without telling it the secret. */
import { joinHash as hashJoin, joinHashHash } from '@manyhands/wallet'
import type { Crypto } from '@manyhands/wallet'

/** A group to join: by its plain secret, or by the hash of key and secret. */
export interface ComputeGroupJoin {
  readonly joinKey: string
  readonly joinSecret?: string
  readonly joinHash?: string
}

const publicGroup: ComputeGroupJoin = { joinKey: 'public', joinHash: '' }

/** Reads `key,secret`; the form of the command line. */
export function parseJoin(text: string): ComputeGroupJoin {
  const comma = text.indexOf(',')
  if (comma < 1) return { joinKey: text.trim() }
  const secret = text.slice(comma + 1)
  return secret.startsWith('eh1-')
    ? { joinKey: text.slice(0, comma), joinHash: secret.trim() }
    : { joinKey: text.slice(0, comma), joinSecret: secret }
}

/** The credentials of one request: the hashes hold for the session `dcpsid` only. */
export function groupCredentials(
  groups: readonly ComputeGroupJoin[],
  leavePublicGroup: boolean,
  dcpsid: string,
  crypto: Crypto,
): { joinKey: string; joinHashHash: string }[] {
  const all = leavePublicGroup ? groups : [...groups, publicGroup]
  return all.map(({ joinKey, joinSecret, joinHash }) => {
    const hash = joinHash ?? hashJoin(joinKey, joinSecret ?? '', crypto)
    return { joinKey, joinHashHash: joinHashHash(dcpsid, hash, crypto) }
  })
}
