/**
 * Uploaded input values: stored as parts of a few hundred prepared values each, so that a claim reads
 * what it gives out and little more.
 */
import type { Transaction } from '@manyhands/service'
import { pileCacheBytes, pilePartBytes, pilePartSlices } from '../limits.ts'

/** Appends values as slices `first`, `first` + 1, …; the texts are prepared KVIN values. */
export function storePile(
  tx: Transaction,
  job: number,
  first: number,
  texts: readonly string[],
  stamp: string,
): void {
  let start = 0
  while (start < texts.length) {
    let end = start
    let bytes = 0
    while (end < texts.length && end - start < pilePartSlices && bytes < pilePartBytes) {
      bytes += texts[end]?.length ?? 0
      end++
    }
    tx.run('insert into piles values (?, ?, ?, ?, ?)', [
      BigInt(job),
      BigInt(first + start),
      BigInt(first + end - 1),
      stamp,
      `[${texts.slice(start, end).join(',')}]`,
    ])
    start = end
  }
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

interface PilePart {
  readonly first: number
  readonly last: number
  /** Prepared values. */
  readonly values: readonly unknown[]
  /** Characters of an average value. */
  readonly meanBytes: number
}

export interface Piles {
  /** The part that holds a slice. */
  part(tx: Transaction, job: number, slice: number): PilePart | undefined
  clear(): void
}

export function createPiles(): Piles {
  const cache = new Map<string, { readonly part: PilePart; readonly bytes: number }>()
  /** Key of the part used last, by job: slices are given out in order. */
  const latest = new Map<number, string>()
  let cached = 0

  function remember(job: number, part: PilePart, bytes: number): void {
    cache.set(`${job}/${part.first}`, { part, bytes })
    cached += bytes
    for (const [key, entry] of cache) {
      if (cached <= pileCacheBytes) break
      cache.delete(key)
      cached -= entry.bytes
    }
    if (latest.size > 1000) latest.clear()
    latest.set(job, `${job}/${part.first}`)
  }

  return {
    part(tx, job, slice) {
      const last = cache.get(latest.get(job) ?? '')?.part
      if (last !== undefined && slice >= last.first && slice <= last.last) return last
      const rows = tx.all<{ first: bigint; last: bigint }>(
        'select first, last from piles where job = ? and first <= ? order by first desc limit 1',
        [BigInt(job), BigInt(slice)],
      )
      const row = rows[0]
      if (row === undefined || slice > Number(row.last)) return undefined
      const first = Number(row.first)
      const known = cache.get(`${job}/${first}`)
      if (known !== undefined) {
        latest.set(job, `${job}/${first}`)
        return known.part
      }
      const sql = 'select body from piles where job = ? and first = ?'
      const body = tx.all<{ body: string }>(sql, [BigInt(job), row.first])[0]?.body ?? '[]'
      const values = JSON.parse(body) as unknown[]
      const meanBytes = body.length / Math.max(1, values.length)
      const part: PilePart = { first, last: Number(row.last), values, meanBytes }
      remember(job, part, body.length)
      return part
    },
    clear() {
      cache.clear()
      latest.clear()
      cached = 0
    },
  }
}
