/**
 * Gives rights to a new key. Who is a proxy itself gives away parts of what it has: what it gives of
 * a counted right is taken from its own.
 */
import { DcpError } from '@manyhands/protocol'
import type { Address } from '@manyhands/protocol'
import type { Transaction } from '@manyhands/service'
import { BigNumber } from 'bignumber.js'

import { rowsPerKeyMax, rowsPerOwnerMax } from '../limits.ts'
import { covers, includes } from './proxy-right.ts'
import type { AskedRight, ProxyRightRow } from './proxy-right.ts'
import {
  countRights,
  findRight,
  insertRight,
  liveRightsOf,
  writeLimits,
} from './proxy-rights-store.ts'
import { mintedRights, useRight } from './stand-in.ts'

export interface Wish extends AskedRight {
  /** The key that grants it, which has signed for it. */
  readonly grantor: Address
}

export interface Minting {
  readonly proxy: Address
  /** Who signed the request. */
  readonly signer: Address
  /** Names the request, so that it is counted once. */
  readonly messageId: string
  readonly label: string
  readonly wishes: readonly Wish[]
}

/** @throws DcpError `EPERM`, `ETOOBIG`. */
export function mint(tx: Transaction, minting: Minting, now: number): void {
  const { proxy, signer, messageId, label, wishes } = minting
  const owner = makerOf(tx, signer, { stamp: messageId, now })
  if (countRights(tx, 'owner', owner) + wishes.length > rowsPerOwnerMax) {
    throw new DcpError('ETOOBIG', `${owner} has ${rowsPerOwnerMax} rights at other keys already`)
  }
  for (const wish of wishes) {
    const auth = grant(tx, wish, now)
    const { operation, related, amount, uses, expires } = wish
    const limits = { related, amount, uses, expires }
    insertRight(tx, { proxy, auth, owner, operation, ...limits, label, minted: true })
  }
}

/** The address that owns what a signer makes. */
function makerOf(
  tx: Transaction,
  signer: Address,
  at: { readonly stamp: string; readonly now: number },
): Address {
  return useRight(tx, signer, { operation: 'pxAuth.new' }, at)?.auth ?? signer
}

/** For whom the new key will act; what a proxy grants of a counted right is taken from it. */
function grant(tx: Transaction, wish: Wish, now: number): Address {
  const rights = mintedRights(tx, wish.grantor, now)
  if (rights.length === 0) return wish.grantor
  const own = rights.find((right) => includes(right, wish))
  if (own === undefined) {
    const message = `${wish.grantor} cannot give the right ${wish.operation}: its own are narrower`
    throw new DcpError('EPERM', message)
  }
  const uses = own.uses === null ? null : own.uses - (wish.uses ?? 0)
  const amount =
    own.amount === null ? null : new BigNumber(own.amount).minus(wish.amount ?? 0).toFixed()
  if (own.uses !== null || own.amount !== null) writeLimits(tx, own.id, { ...own, uses, amount })
  return own.auth
}

export interface Replacement {
  readonly id: number
  readonly signer: Address
  readonly messageId: string
  /** What is not named stays. */
  readonly change: Partial<Pick<ProxyRightRow, 'related' | 'amount' | 'uses'>>
  /** Undefined: as it is. */
  readonly expires: number | undefined
}

/** Changes a row of a key that the signer made. @throws DcpError `EPERM`, `ENOENT`. */
export function replace(tx: Transaction, replacement: Replacement, now: number): void {
  const { id, signer, messageId, change, expires } = replacement
  const owner = makerOf(tx, signer, { stamp: messageId, now })
  const row = findRight(tx, id)
  if (row === undefined || row.owner !== owner) {
    throw new DcpError('ENOENT', `${owner} has given no right ${id}`)
  }
  const { related, amount, uses } = { ...row, ...change }
  const later = { related, amount, uses, expires: expires ?? row.expires }
  const asked = { ...later, operation: row.operation, expires: later.expires ?? Infinity }
  const own = mintedRights(tx, signer, now)
  if (own.length > 0 && !own.some((right) => includes(right, asked))) {
    throw new DcpError('EPERM', `${signer} cannot change the right ${id}: its own are narrower`)
  }
  writeLimits(tx, id, later)
}

/**
 * A key that may deploy may also look after what it deployed: it gets the right `job` for each name
 * of the job.
 */
export function extendToJob(
  tx: Transaction,
  deployed: ProxyRightRow,
  names: readonly string[],
  now: number,
): void {
  const rights = liveRightsOf(tx, deployed.proxy, now)
  for (const related of names) {
    if (rights.some((right) => covers(right, { operation: 'job', related }))) continue
    if (countRights(tx, 'proxy', deployed.proxy) >= rowsPerKeyMax) return
    const { id: _id, ...right } = deployed
    insertRight(tx, { ...right, operation: 'job', related, uses: null, amount: null })
  }
}
