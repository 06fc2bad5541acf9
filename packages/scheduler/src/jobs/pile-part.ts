/**
 * A part of an upload as it is stored: prepared values one after the other with commas between them,
 * and where each of them ends, so that a run of them is read without a look at the others. A value
 * on the shelf is a part by itself.
 */
import type { ShelvedValue } from '../values/row-value.ts'

export interface PilePart {
  readonly first: number
  readonly last: number
  readonly bytes: Buffer
  /** Where each value ends, in bytes from the beginning; of a value on the shelf, its size. */
  readonly ends: Uint32Array
  /** Name of the only value. */
  readonly shelved: string | null
}

export interface PartContent {
  readonly bytes: Buffer
  readonly ends: Uint32Array
}

export function packValues(texts: readonly string[]): PartContent {
  const bytes = Buffer.from(texts.join())
  const ends = new Uint32Array(texts.length)
  let at = -1
  for (const [index, text] of texts.entries()) {
    at += 1 + Buffer.byteLength(text)
    ends[index] = at
  }
  return { bytes, ends }
}

/** Characters, or bytes, of the value of a slice. */
export function lengthIn({ first, ends }: PilePart, slice: number): number {
  const index = slice - first
  const before = ends[index - 1]
  return (ends[index] ?? 0) - (before === undefined ? 0 : before + 1)
}

/** The prepared values of a run of slices, parsed. */
export function readRun({ first, bytes, ends }: PilePart, from: number, to: number): unknown[] {
  const before = ends[from - first - 1]
  const text = bytes.toString('utf8', before === undefined ? 0 : before + 1, ends[to - first])
  return JSON.parse(`[${text}]`) as unknown[]
}

export function shelvedIn({ shelved, ends }: PilePart): ShelvedValue | undefined {
  return shelved === null ? undefined : { key: shelved, size: ends[0] ?? 0 }
}
