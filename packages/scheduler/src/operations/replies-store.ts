/** SQL of the first replies to requests that may be repeated. */
import type { Transaction } from '@manyhands/service'

export function findReply(tx: Transaction, peer: string, stamp: string): unknown {
  const sql = 'select reply from replies where peer = ? and stamp = ?'
  const reply = tx.all<{ reply: string }>(sql, [peer, stamp])[0]?.reply
  return reply === undefined ? undefined : JSON.parse(reply)
}

export function storeReply(
  tx: Transaction,
  peer: string,
  stamp: string,
  reply: unknown,
  expires: number,
): void {
  tx.run('insert into replies values (?, ?, ?, ?)', [
    peer,
    stamp,
    JSON.stringify(reply ?? null),
    BigInt(expires),
  ])
}

export function forgetReplies(tx: Transaction, expiredBefore: number): void {
  tx.run('delete from replies where expires < ?', [BigInt(expiredBefore)])
}
