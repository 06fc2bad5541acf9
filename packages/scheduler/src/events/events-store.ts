/** SQL of stored events and of how far each owner was served. */
import type { Transaction } from '@manyhands/service'

export interface StoredEvent {
  readonly job: number
  readonly label: string
  readonly body: Readonly<Record<string, unknown>>
  readonly at: number
}

export function insertEvent(tx: Transaction, event: StoredEvent): void {
  tx.run('insert into events (job, label, body, at) values (?, ?, ?, ?)', [
    BigInt(event.job),
    event.label,
    JSON.stringify(event.body),
    BigInt(event.at),
  ])
}

/** The last event of a label; `stop` happens once. */
export function lastEvent(
  tx: Transaction,
  job: number,
  label: string,
): { readonly seq: number; readonly body: Readonly<Record<string, unknown>> } | undefined {
  const rows = tx.all<{ seq: bigint; body: string }>(
    'select seq, body from events where job = ? and label = ? order by seq desc limit 1',
    [BigInt(job), label],
  )
  const row = rows[0]
  if (row === undefined) return undefined
  return { seq: Number(row.seq), body: JSON.parse(row.body) as Record<string, unknown> }
}

/** How far an owner was served with the results of a job. */
export function pushedSeq(tx: Transaction, owner: string, job: number, filter: string): number {
  const rows = tx.all<{ pushed_seq: bigint }>(
    'select pushed_seq from deliveries where owner = ? and job = ? and filter = ?',
    [owner, BigInt(job), filter],
  )
  return Number(rows[0]?.pushed_seq ?? 0n)
}

export function writePushed(
  tx: Transaction,
  owner: string,
  job: number,
  filter: string,
  seq: number,
): void {
  tx.run(
    `insert into deliveries values (?1, ?2, ?3, ?4) on conflict (owner, job, filter)
      do update set pushed_seq = max(pushed_seq, excluded.pushed_seq)`,
    [owner, BigInt(job), filter, BigInt(seq)],
  )
}
