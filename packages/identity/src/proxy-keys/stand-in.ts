/** For whom a key acts: itself, or, where it was minted as a proxy, who made it one. */
import { DcpError } from '@manyhands/protocol'
import type { Address } from '@manyhands/protocol'
import type { Transaction } from '@manyhands/service'

import { covers } from './proxy-right.ts'
import type { Need, ProxyRightRow } from './proxy-right.ts'
import { liveRightsOf, takeUse } from './proxy-rights-store.ts'

/** The rights that make a key a proxy; none for a key that stands for itself. */
export function mintedRights(tx: Transaction, key: Address, now: number): ProxyRightRow[] {
  return liveRightsOf(tx, key, now).filter(({ minted }) => minted)
}

export function notAllowed(key: Address, { operation, related }: Need): DcpError {
  const target = related === undefined ? '' : ` of ${related}`
  return new DcpError('EPERM', `the proxy key ${key} does not allow ${operation}${target}`)
}

/**
 * The right by which a proxy key does something; undefined for a key that is none. A counted right
 * is used once for each stamp.
 * @throws DcpError `EPERM`.
 */
export function useRight(
  tx: Transaction,
  key: Address,
  need: Need,
  { stamp, now }: { readonly stamp: string; readonly now: number },
): ProxyRightRow | undefined {
  const rights = mintedRights(tx, key, now)
  if (rights.length === 0) return undefined
  for (const right of rights) {
    if (covers(right, need) && takeUse(tx, right, stamp, now)) return right
  }
  throw notAllowed(key, need)
}
