/** SQL of uploaded input values. */
import type { Transaction } from '@manyhands/service'
import { packValues } from './pile-part.ts'
import type { PartContent, PilePart } from './pile-part.ts'

export interface NewPart extends PartContent {
  readonly job: number
  readonly first: number
  /** Validity stamp of the upload. */
  readonly stamp: string
  readonly shelved: string | null
}

export function insertPart(tx: Transaction, part: NewPart): void {
  const { ends } = part
  tx.run('insert into piles values (?, ?, ?, ?, ?, ?, ?)', [
    BigInt(part.job),
    BigInt(part.first),
    BigInt(part.first + ends.length - 1),
    part.stamp,
    part.bytes,
    new Uint8Array(ends.buffer, ends.byteOffset, ends.byteLength),
    part.shelved,
  ])
}

/** The highest slice that an upload with this stamp added; undefined when it was never seen. */
export function findPile(tx: Transaction, job: number, stamp: string): number | undefined {
  const rows = tx.all<{ last: bigint | null }>(
    'select max(last) as last from piles where job = ? and stamp = ?',
    [BigInt(job), stamp],
  )
  const last = rows[0]?.last
  return last === null || last === undefined ? undefined : Number(last)
}

/** Slices of the part that holds a slice. */
export function findPart(
  tx: Transaction,
  job: number,
  slice: number,
): { readonly first: number; readonly last: number } | undefined {
  const rows = tx.all<{ first: bigint; last: bigint }>(
    'select first, last from piles where job = ? and first <= ? order by first desc limit 1',
    [BigInt(job), BigInt(slice)],
  )
  const row = rows[0]
  if (row === undefined || slice > Number(row.last)) return undefined
  return { first: Number(row.first), last: Number(row.last) }
}

interface PartRow {
  readonly last: bigint
  readonly blob: Uint8Array
  readonly offsets: Uint8Array | null
  readonly shelved: string | null
}

export function readPart(tx: Transaction, job: number, first: number): PilePart | undefined {
  const sql = 'select last, blob, offsets, shelved from piles where job = ? and first = ?'
  const row = tx.all<PartRow>(sql, [BigInt(job), BigInt(first)])[0]
  if (row === undefined) return undefined
  const { blob, offsets, shelved } = row
  const bytes = Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength)
  const ends = offsets === null ? measure(bytes) : new Uint32Array(new Uint8Array(offsets).buffer)
  return { first, last: Number(row.last), bytes, ends, shelved }
}

/** Parts of the first schema came without their offsets. */
function measure(bytes: Buffer): Uint32Array {
  const values = JSON.parse(`[${bytes.toString()}]`) as unknown[]
  return packValues(values.map((value) => JSON.stringify(value))).ends
}
