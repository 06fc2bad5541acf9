/** SQL of leases and holes. */
import { encodeSliceSet, parseSliceSet } from '@manyhands/protocol'
import type { Transaction } from '@manyhands/service'
import type { Hole, LiveJob, LiveLease, StoredLeaseKind } from '../jobs/live-job.ts'

export function insertLease(tx: Transaction, lease: LiveLease): void {
  const slices = encodeSliceSet(lease.slices)
  tx.run('insert into leases values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, null, ?)', [
    lease.id,
    BigInt(lease.job.no),
    lease.worker,
    lease.payee,
    lease.incarnation,
    lease.kind,
    slices,
    slices,
    BigInt(lease.issued),
    BigInt(lease.touched),
    lease.group,
  ])
}

export function writeOpen(tx: Transaction, lease: LiveLease): void {
  tx.run('update leases set open = ?, touched = ? where id = ?', [
    encodeSliceSet(lease.open),
    BigInt(lease.touched),
    lease.id,
  ])
}

/** Marks a lease as over; its row is remembered a while, so that late results find it. */
export function endLease(tx: Transaction, lease: LiveLease, now: number): void {
  tx.run('update leases set open = ?, ended = ? where id = ?', [
    encodeSliceSet(lease.open),
    BigInt(now),
    lease.id,
  ])
}

export function endLeasesOfJob(tx: Transaction, no: number, now: number): void {
  tx.run('update leases set ended = ? where job = ? and ended is null', [BigInt(now), BigInt(no)])
}

export function forgetLeases(tx: Transaction, endedBefore: number): void {
  tx.run('delete from leases where ended < ?', [BigInt(endedBefore)])
}

export interface StoredLease {
  readonly id: string
  readonly job: number
  readonly worker: string
  readonly payee: string
  readonly incarnation: string
  readonly kind: StoredLeaseKind
  readonly slices: string
  readonly open: string
  readonly issued: number
  readonly touched: number
  readonly group: string
}

interface LeaseRow extends Omit<StoredLease, 'job' | 'issued' | 'touched' | 'group'> {
  readonly job: bigint
  readonly issued: bigint
  readonly touched: bigint
  readonly group_id: string
}

export function openLeases(tx: Transaction, no: number): StoredLease[] {
  const sql = 'select * from leases where job = ? and ended is null'
  return tx.all<LeaseRow>(sql, [BigInt(no)]).map(storedLease)
}

export function findLease(tx: Transaction, id: string): StoredLease | undefined {
  return tx.all<LeaseRow>('select * from leases where id = ?', [id]).map(storedLease)[0]
}

function storedLease({ group_id: group, ...row }: LeaseRow): StoredLease {
  return {
    ...row,
    group,
    job: Number(row.job),
    issued: Number(row.issued),
    touched: Number(row.touched),
  }
}

export function insertHole(tx: Transaction, job: LiveJob, hole: Omit<Hole, 'id'>): Hole {
  const rows = tx.all<{ id: bigint }>(
    `insert into holes (job, slices, reason, attempts, not_before, excluded)
      values (?, ?, ?, ?, ?, ?) returning id`,
    [
      BigInt(job.no),
      encodeSliceSet(hole.slices),
      hole.reason,
      BigInt(hole.attempts),
      BigInt(hole.notBefore),
      JSON.stringify(hole.excluded),
    ],
  )
  return { ...hole, id: Number(rows[0]?.id ?? 0n) }
}

export function writeHole(tx: Transaction, hole: Hole): void {
  if (hole.slices.length === 0) tx.run('delete from holes where id = ?', [BigInt(hole.id)])
  else {
    tx.run('update holes set slices = ? where id = ?', [
      encodeSliceSet(hole.slices),
      BigInt(hole.id),
    ])
  }
}

export function deleteHolesOfJob(tx: Transaction, no: number): void {
  tx.run('delete from holes where job = ?', [BigInt(no)])
}

interface HoleRow {
  readonly id: bigint
  readonly slices: string
  readonly reason: string
  readonly attempts: bigint
  readonly not_before: bigint
  readonly excluded: string
}

export function loadHoles(tx: Transaction, no: number): Hole[] {
  return tx
    .all<HoleRow>('select * from holes where job = ? order by id', [BigInt(no)])
    .map((row) => ({
      id: Number(row.id),
      slices: parseSliceSet(row.slices),
      reason: row.reason,
      attempts: Number(row.attempts),
      notBefore: Number(row.not_before),
      excluded: JSON.parse(row.excluded) as string[],
    }))
}
