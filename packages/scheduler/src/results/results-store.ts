/**
 * SQL of results. Statements take whole chunks, by `json_each`, because a statement for each slice
 * would cost more than everything else about it.
 */
import { encodeSliceSet, sliceSetOf } from '@manyhands/protocol'
import type { SliceSet } from '@manyhands/protocol'
import type { Transaction } from '@manyhands/service'
import { partialValues, sizeOf } from '../values/row-value.ts'
import type { PartialValues, RowValue } from '../values/row-value.ts'

/** Slices of a set that have a result already, deleted ones included. */
export function slicesWithResult(tx: Transaction, job: number, slices: SliceSet): SliceSet {
  const rows = tx.all<{ slice: bigint }>(
    `select r.slice from json_each(?2) run
      cross join results r on r.job = ?1 and r.slice between run.value ->> 0 and run.value ->> 1`,
    [BigInt(job), JSON.stringify(slices)],
  )
  return sliceSetOf(rows.map((row) => Number(row.slice)))
}

export interface NewResults {
  readonly job: number
  readonly payment: number
  /** Sequence number of the first one. */
  readonly firstSeq: number
  readonly slices: SliceSet
  /** One for each slice, in the order of the set. */
  readonly values: readonly RowValue[]
}

/** Longer values are bound one by one: as JSON inside JSON they would be written and read twice. */
const bulkBytesMax = 64 * 1024

/** Adds results that do not exist yet, one statement for each run of slices. */
export function insertResults(tx: Transaction, results: NewResults): void {
  let at = 0
  for (const [first, last] of results.slices) {
    const count = last - first + 1
    const values = results.values.slice(at, at + count)
    const run = { ...results, first, firstSeq: results.firstSeq + at, values }
    let bytes = 0
    for (const value of values) bytes += sizeOf(value)
    if (bytes > bulkBytesMax) insertOneByOne(tx, run)
    else insertRun(tx, run)
    at += count
  }
}

interface Run extends NewResults {
  readonly first: number
}

function insertRun(tx: Transaction, { job, payment, first, firstSeq, values }: Run): void {
  tx.run(
    `insert into results (job, slice, seq, payment, size, value)
      select ?1, ?2 + key, ?3 + key, ?4, length(value), value from json_each(?5)`,
    [BigInt(job), BigInt(first), BigInt(firstSeq), BigInt(payment), JSON.stringify(values)],
  )
}

function insertOneByOne(tx: Transaction, { job, payment, first, firstSeq, values }: Run): void {
  for (const [index, value] of values.entries()) {
    tx.run(
      `insert into results (job, slice, seq, payment, size, value, shelved)
        values (?, ?, ?, ?, ?, ?, ?)`,
      [
        BigInt(job),
        BigInt(first + index),
        BigInt(firstSeq + index),
        BigInt(payment),
        BigInt(sizeOf(value)),
        typeof value === 'string' ? value : null,
        typeof value === 'string' ? null : value.key,
      ],
    )
  }
}

export interface Payment {
  readonly job: number
  readonly lease: string
  readonly worker: string
  readonly payee: string
  readonly slices: number
  readonly cpuMs: number
  readonly gpuMs: number
  readonly amount: string
  /** When its lease was given out. */
  readonly issued: number
  readonly at: number
}

/** One row for each accepted chunk; its number links the chunk's results to their lease. */
export function insertPayment(tx: Transaction, payment: Payment): number {
  const rows = tx.all<{ id: bigint }>(
    `insert into payments
      (job, lease, worker, payee, slices, cpu_ms, gpu_ms, amount, issued, at, posted)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0) returning id`,
    [
      BigInt(payment.job),
      payment.lease,
      payment.worker,
      payment.payee,
      BigInt(payment.slices),
      payment.cpuMs,
      payment.gpuMs,
      payment.amount,
      BigInt(payment.issued),
      BigInt(payment.at),
    ],
  )
  return Number(rows[0]?.id ?? 0n)
}

/** The last sequence number of a run of results that stays within both limits; at least one result. */
export function endOfRun(
  tx: Transaction,
  job: number,
  after: number,
  limits: { readonly count: number; readonly bytes: number },
): number {
  const rows = tx.all<{ seq: bigint; size: bigint }>(
    'select seq, size from results where job = ? and seq > ? order by seq limit ?',
    [BigInt(job), BigInt(after), BigInt(limits.count)],
  )
  let bytes = 0
  let end = after
  for (const row of rows) {
    bytes += Number(row.size)
    if (bytes > limits.bytes && end > after) break
    end = Number(row.seq)
  }
  return end
}

/** Prepared values in the order of the slices. */
export interface StoredColumn extends PartialValues {
  readonly slices: string
}

interface ValueRow {
  readonly slice: bigint
  readonly size: bigint
  readonly value: string | null
  readonly shelved: string | null
}

function valueOf({ size, value, shelved }: ValueRow): RowValue {
  return value ?? { key: shelved ?? '', size: Number(size) }
}

/** Results of a run of sequence numbers as a column; deleted ones are left out. */
export function readColumn(tx: Transaction, job: number, after: number, end: number): StoredColumn {
  const rows = tx.all<{ slices: string | null; texts: string | null; shelved: bigint }>(
    `select group_concat(slice) as slices, group_concat(value) as texts, count(shelved) as shelved
      from (select slice, value, shelved from results
        where job = ? and seq > ? and seq <= ? and coalesce(value, shelved) is not null
        order by seq)`,
    [BigInt(job), BigInt(after), BigInt(end)],
  )
  const [row] = rows
  if (row !== undefined && row.shelved > 0n) return columnOfRows(resultsAfter(tx, job, after, end))
  return columnOf(row?.slices ?? '', row?.texts ?? '')
}

function columnOf(slices: string, texts: string): StoredColumn {
  const numbers = JSON.parse(`[${slices}]`) as number[]
  const values = JSON.parse(`[${texts}]`) as unknown[]
  const ascending = numbers.every((n, i) => i === 0 || n > (numbers[i - 1] ?? 0))
  const set = encodeSliceSet(sliceSetOf(numbers))
  if (ascending) return { slices: set, values, absent: [] }
  const order = numbers.map((n, i) => [n, i] as const).toSorted((a, b) => a[0] - b[0])
  return { slices: set, values: order.map(([, i]) => values[i]), absent: [] }
}

/** A column of a few long values. */
export function columnOfRows(
  rows: readonly { readonly slice: number; readonly value: RowValue }[],
): StoredColumn {
  const ascending = rows.toSorted((a, b) => a.slice - b.slice)
  const slices = encodeSliceSet(sliceSetOf(ascending.map(({ slice }) => slice)))
  return { slices, ...partialValues(ascending.map(({ value }) => value)) }
}

export interface ResultRow {
  readonly slice: number
  readonly seq: number
  readonly value: RowValue
}

/** Results after a sequence number, in the order they were accepted. */
export function resultsAfter(
  tx: Transaction,
  job: number,
  after: number,
  end: number,
): ResultRow[] {
  return tx
    .all<ValueRow & { seq: bigint }>(
      `select slice, seq, size, value, shelved from results
        where job = ? and seq > ? and seq <= ? and coalesce(value, shelved) is not null
        order by seq`,
      [BigInt(job), BigInt(after), BigInt(end)],
    )
    .map((row) => ({ slice: Number(row.slice), seq: Number(row.seq), value: valueOf(row) }))
}

export interface ResultSize {
  readonly slice: number
  readonly size: number
}

/** Sizes of the available results among some slices (all of them when `slices` is undefined), by slice. */
export function resultSizes(
  tx: Transaction,
  job: number,
  slices: SliceSet | undefined,
  limit: number,
): ResultSize[] {
  const rows =
    slices === undefined
      ? tx.all<{ slice: bigint; size: bigint }>(
          `select slice, size from results
            where job = ? and coalesce(value, shelved) is not null order by slice limit ?`,
          [BigInt(job), BigInt(limit)],
        )
      : tx.all<{ slice: bigint; size: bigint }>(
          `select r.slice, r.size from json_each(?2) run
            cross join results r on r.job = ?1 and r.slice between run.value ->> 0 and run.value ->> 1
            where coalesce(r.value, r.shelved) is not null order by r.slice limit ?3`,
          [BigInt(job), JSON.stringify(slices), BigInt(limit)],
        )
  return rows.map((row) => ({ slice: Number(row.slice), size: Number(row.size) }))
}

/** Values of exactly these slices, ascending. */
export function readValues(
  tx: Transaction,
  job: number,
  slices: SliceSet,
): { readonly slice: number; readonly value: RowValue }[] {
  return tx
    .all<ValueRow>(
      `select r.slice, r.size, r.value, r.shelved from json_each(?2) run
        cross join results r on r.job = ?1 and r.slice between run.value ->> 0 and run.value ->> 1
        where coalesce(r.value, r.shelved) is not null order by r.slice`,
      [BigInt(job), JSON.stringify(slices)],
    )
    .map((row) => ({ slice: Number(row.slice), value: valueOf(row) }))
}

/** Takes the values away and leaves the mark that the slice was computed; the slices it did so to. */
export function eraseResults(tx: Transaction, job: number, slices: SliceSet | undefined): number[] {
  const erase = `update results set value = null, shelved = null
    where job = ?1 and coalesce(value, shelved) is not null`
  const rows =
    slices === undefined
      ? tx.all<{ slice: bigint }>(`${erase} returning slice`, [BigInt(job)])
      : tx.all<{ slice: bigint }>(
          `${erase} and slice in (
            select r.slice from json_each(?2) run
            cross join results r on r.job = ?1 and r.slice between run.value ->> 0 and run.value ->> 1)
            returning slice`,
          [BigInt(job), JSON.stringify(slices)],
        )
  return rows.map((row) => Number(row.slice)).toSorted((a, b) => a - b)
}

export interface ResultRuns {
  readonly runs: readonly (readonly [first: number, last: number])[]
  /** How many results they hold. */
  readonly count: number
}

/** The first results of some slices as runs. */
export function runsOfResults(
  tx: Transaction,
  job: number,
  part: { readonly from: number; readonly last: number; readonly limit: number },
): ResultRuns {
  const rows = tx.all<{ first: bigint; last: bigint }>(
    `select min(slice) as first, max(slice) as last from (
      select slice, slice - row_number() over (order by slice) as island from (
        select slice from results where job = ?1 and slice between ?2 and ?3
          and coalesce(value, shelved) is not null order by slice limit ?4))
      group by island order by first`,
    [BigInt(job), BigInt(part.from), BigInt(part.last), BigInt(part.limit)],
  )
  const runs = rows.map((row) => [Number(row.first), Number(row.last)] as const)
  const count = runs.reduce((sum, [first, last]) => sum + last - first + 1, 0)
  return { runs, count }
}
