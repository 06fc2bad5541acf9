/** SQL of registered workers. */
import type { Address } from '@manyhands/protocol'
import type { OwnWorker, Transaction } from '@manyhands/service'

export interface RegisteredWorker {
  readonly id: string
  readonly identity: Address
  readonly owner: Address
  readonly label: string
  readonly flags: number
}

export function findWorker(tx: Transaction, id: string): RegisteredWorker | undefined {
  const sql = 'select id, identity, owner, label, flags from workers where id = ?'
  const row = tx.all<{ identity: string; owner: string; label: string; flags: bigint }>(sql, [
    id,
  ])[0]
  if (row === undefined) return undefined
  const identity = row.identity as Address
  return { ...row, id, identity, owner: row.owner as Address, flags: Number(row.flags) }
}

export function writeWorker(tx: Transaction, worker: RegisteredWorker, now: number): void {
  tx.run(
    `insert into workers (id, identity, owner, label, flags, registered) values (?, ?, ?, ?, ?, ?)
      on conflict (id) do update set owner = excluded.owner, label = excluded.label,
      flags = excluded.flags, registered = excluded.registered`,
    [worker.id, worker.identity, worker.owner, worker.label, BigInt(worker.flags), BigInt(now)],
  )
}

export function workersOf(tx: Transaction, owner: Address): OwnWorker[] {
  const sql = 'select id, identity from workers where owner = ? order by id'
  return tx.all<OwnWorker>(sql, [owner])
}

export function countWorkers(tx: Transaction, owner: Address): number {
  const sql = 'select count(*) as n from workers where owner = ?'
  return Number(tx.all<{ n: bigint }>(sql, [owner])[0]?.n ?? 0n)
}
