/** SQL of rights, their uses, and the messages that asked for them. */
import type { Address } from '@manyhands/protocol'
import type { Transaction } from '@manyhands/service'

import type { ProxyRightRow } from './proxy-right.ts'

type Row = Readonly<Record<string, bigint | string | null>>

function rightOf(row: Row): ProxyRightRow {
  const number = (name: string): number | null => {
    const value = row[name]
    return value === null || value === undefined ? null : Number(value)
  }
  const text = (name: string): string | null => {
    const value = row[name]
    return value === null || value === undefined ? null : String(value)
  }
  return {
    id: Number(row['id']),
    proxy: String(row['proxy']) as Address,
    auth: String(row['auth']) as Address,
    owner: String(row['owner']) as Address,
    operation: String(row['operation']),
    related: text('related'),
    amount: text('amount'),
    uses: number('uses'),
    expires: number('expires'),
    label: String(row['label']),
    minted: row['minted'] === 1n,
  }
}

/** Those that count at a time; the narrowest first, and counted ones last, so as not to use them in vain. */
export function liveRightsOf(tx: Transaction, proxy: Address, now: number): ProxyRightRow[] {
  const sql = `select * from proxy_rights where proxy = ? and (expires is null or expires > ?)
    order by uses is not null, related is null, length(operation) desc, id`
  return tx.all<Row>(sql, [proxy, BigInt(now)]).map(rightOf)
}

export function findRight(tx: Transaction, id: number): ProxyRightRow | undefined {
  const row = tx.all<Row>('select * from proxy_rights where id = ?', [BigInt(id)])[0]
  return row === undefined ? undefined : rightOf(row)
}

export function countRights(tx: Transaction, by: 'proxy' | 'owner', address: Address): number {
  const sql = `select count(*) as n from proxy_rights where ${by} = ?`
  return Number(tx.all<{ n: bigint }>(sql, [address])[0]?.n ?? 0n)
}

function integerOrNull(value: number | null): bigint | null {
  return value === null ? null : BigInt(value)
}

export function insertRight(tx: Transaction, right: Omit<ProxyRightRow, 'id'>): number {
  const rows = tx.all<{ id: bigint }>(
    `insert into proxy_rights
      (proxy, auth, owner, operation, related, amount, uses, expires, label, minted)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) returning id`,
    [
      right.proxy,
      right.auth,
      right.owner,
      right.operation,
      right.related,
      right.amount,
      integerOrNull(right.uses),
      integerOrNull(right.expires),
      right.label,
      right.minted ? 1n : 0n,
    ],
  )
  return Number(rows[0]?.id ?? 0n)
}

export function writeLimits(
  tx: Transaction,
  id: number,
  right: Pick<ProxyRightRow, 'related' | 'amount' | 'uses' | 'expires'>,
): void {
  tx.run('update proxy_rights set related = ?, amount = ?, uses = ?, expires = ? where id = ?', [
    right.related,
    right.amount,
    integerOrNull(right.uses),
    integerOrNull(right.expires),
    BigInt(id),
  ])
}

/** Deletes what makes a key a proxy; how many rows that were. */
export function deleteMinted(tx: Transaction, proxy: Address): number {
  return tx.run('delete from proxy_rights where proxy = ? and minted = 1', [proxy])
}

/** Takes back what a key was given besides. */
export function deleteGiven(tx: Transaction, proxy: Address, related: string): void {
  tx.run('delete from proxy_rights where proxy = ? and related = ? and minted = 0', [
    proxy,
    related,
  ])
}

/** Counts one use, once for each stamp; false when there is none left. */
export function takeUse(
  tx: Transaction,
  right: ProxyRightRow,
  stamp: string,
  now: number,
): boolean {
  if (right.uses === null || wasUsed(tx, stamp)) return true
  const id = BigInt(right.id)
  const sql = 'update proxy_rights set uses = uses - 1 where id = ? and uses > 0'
  if (tx.run(sql, [id]) === 0) return false
  tx.run('insert into uses values (?, ?, ?)', [stamp, id, BigInt(now)])
  return true
}

function wasUsed(tx: Transaction, stamp: string): boolean {
  return tx.all('select 1 from uses where stamp = ?', [stamp]).length > 0
}

/** The operation came to nothing: its use is given back. */
export function giveUseBack(tx: Transaction, stamp: string): void {
  const rows = tx.all<{ proxy_right: bigint }>(
    'delete from uses where stamp = ? returning proxy_right',
    [stamp],
  )
  for (const row of rows) {
    tx.run('update proxy_rights set uses = uses + 1 where id = ?', [row.proxy_right])
  }
}

/** False when a message of this name was taken before. */
export function takeMessage(tx: Transaction, id: string, expires: number): boolean {
  return tx.run('insert or ignore into messages values (?, ?)', [id, BigInt(expires)]) === 1
}

export function forgetOld(tx: Transaction, now: number, usedBefore: number): void {
  tx.run('delete from proxy_rights where expires <= ?', [BigInt(now)])
  tx.run('delete from uses where at < ?', [BigInt(usedBefore)])
  tx.run('delete from messages where expires < ?', [BigInt(now)])
}
