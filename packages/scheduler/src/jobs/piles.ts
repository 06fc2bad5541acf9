/** Uploaded input values: stored in parts of some hundred kilobytes, read part by part. */
import { createByteCache } from '@manyhands/service'
import type { Transaction } from '@manyhands/service'
import { pileCacheBytes, pilePartBytes } from '../limits.ts'
import type { RowValue } from '../values/row-value.ts'
import { packValues } from './pile-part.ts'
import type { PilePart } from './pile-part.ts'
import { findPart, insertPart, readPart } from './piles-store.ts'

export interface Pile {
  readonly job: number
  /** Slice of the first value. */
  readonly first: number
  readonly values: readonly RowValue[]
  /** Validity stamp of the upload. */
  readonly stamp: string
}

/** Appends values as slices `first`, `first` + 1, …; the texts are prepared KVIN values. */
export function storePile(tx: Transaction, { job, first, values, stamp }: Pile): void {
  let slice = first
  let texts: string[] = []
  let length = 0
  function flush(): void {
    if (texts.length === 0) return
    insertPart(tx, { job, first: slice, stamp, shelved: null, ...packValues(texts) })
    slice += texts.length
    texts = []
    length = 0
  }
  for (const value of values) {
    if (typeof value === 'string') {
      if (length + value.length > pilePartBytes) flush()
      texts.push(value)
      length += value.length + 1
      continue
    }
    flush()
    const { key: shelved, size } = value
    const content = { bytes: Buffer.alloc(0), ends: Uint32Array.of(size) }
    insertPart(tx, { job, first: slice, stamp, shelved, ...content })
    slice += 1
  }
  flush()
}

export interface Piles {
  /** The part that holds a slice. */
  part(tx: Transaction, job: number, slice: number): PilePart | undefined
  clear(): void
}

export function createPiles(): Piles {
  const cache = createByteCache<PilePart>(pileCacheBytes)
  /** Name of the part used last, by job: slices are given out in order. */
  const latest = new Map<number, string>()

  return {
    part(tx, job, slice) {
      const before = cache.get(latest.get(job) ?? '')
      if (before !== undefined && slice >= before.first && slice <= before.last) return before
      const found = findPart(tx, job, slice)
      if (found === undefined) return undefined
      const name = `${job}/${found.first}`
      if (latest.size > 1000) latest.clear()
      latest.set(job, name)
      const known = cache.get(name)
      if (known !== undefined) return known
      const part = readPart(tx, job, found.first)
      if (part !== undefined) cache.put(name, part, part.bytes.length + part.ends.byteLength)
      return part
    },
    clear() {
      cache.clear()
      latest.clear()
    },
  }
}
