/** Which slices a request for results means: the forms of `range` in operations §5.2. */
import { DcpError } from '../errors.ts'
import { sliceListMax, sliceSetRunsMax } from '../limits.ts'
import { quote } from '../quote.ts'
import { intersectSliceSet, sliceSetOf, unionSliceSet } from '../slice-set.ts'
import { isFields } from './input-range.ts'
import type { Fields } from './input-range.ts'
import type { SliceSet } from '../slice-set.ts'

const rangeText = /^\[object RangeObject (-?\d+),(-?\d+),(-?\d+),(?:\d+|undefined)\]$/

/** Sparse ranges inside one another. */
const depthMax = 16

/**
 * The slices among 1 to `last` that a range names; absent, all of them. Throws EBADARG. Cost does
 * not depend on how far a range of step 1 reaches.
 */
export function parseSliceRange(range: unknown, last: number): SliceSet {
  const sets: SliceSet[] = []
  collect(range, last, sets, 0)
  return unionOf(sets)
}

function collect(range: unknown, last: number, sets: SliceSet[], depth: number): void {
  const members = isFields(range) ? membersOf(range) : undefined
  if (members === undefined) {
    if (sets.length >= sliceListMax) bad(`must have at most ${sliceListMax} ranges`)
    sets.push(parseOne(range, last))
    return
  }
  if (depth >= depthMax) bad(`must have at most ${depthMax} sparse ranges inside one another`)
  for (const member of members) {
    // By itself it would mean all slices.
    if (member === null) bad('must consist of ranges and slice numbers', member)
    collect(member, last, sets, depth + 1)
  }
}

/** Halves are united first: one after the other would take the square of the time. */
function unionOf(sets: readonly SliceSet[]): SliceSet {
  if (sets.length <= 1) return sets[0] ?? []
  const middle = sets.length >> 1
  return unionSliceSet(unionOf(sets.slice(0, middle)), unionOf(sets.slice(middle)))
}

/** Sparse ranges in both spellings, and multi ranges: all mean the union here. */
function membersOf(range: Fields): readonly unknown[] | undefined {
  if (Array.isArray(range['sparse'])) return range['sparse']
  return Array.isArray(range['ranges']) ? range['ranges'] : undefined
}

function parseOne(range: unknown, last: number): SliceSet {
  const all: SliceSet = last < 1 ? [] : [[1, last]]
  if (range === undefined || range === null) return all
  if (typeof range === 'string') return parseText(range, last)
  if (isFields(range)) return arithmetic(range, last)
  const list = Array.isArray(range) ? (range as readonly unknown[]) : [range]
  if (list.length > sliceListMax) bad(`must name at most ${sliceListMax} slices one by one`)
  return intersectSliceSet(sliceSetOf(list.map(integer).filter((n) => n > 0)), all)
}

function parseText(text: string, last: number): SliceSet {
  const [, start, end, step] = rangeText.exec(text) ?? []
  if (start === undefined) return bad('must be slice numbers or a range', text)
  return arithmetic({ start: Number(start), end: Number(end), step: Number(step) }, last)
}

/** Groups are flattened: both ends and the step say everything. */
function arithmetic({ start, end, step }: Fields, last: number): SliceSet {
  const first = integer(start)
  const final = integer(end)
  const by = step === undefined || step === null ? 1 : Math.abs(integer(step))
  const low = Math.min(first, final)
  const high = Math.min(Math.max(first, final), last)
  if (first === final || by === 1)
    return intersectSliceSet([[low, high]], low > high ? [] : [[1, last]])
  if (by === 0) return bad('must not have step 0 unless "start" equals "end"')
  // Descending ranges count from their start as well.
  const remainder = ((first % by) + by) % by
  const from = Math.max(low, 1)
  const begin = from + ((((remainder - from) % by) + by) % by)
  if ((high - begin) / by > sliceSetRunsMax) bad(`must come to at most ${sliceSetRunsMax} runs`)
  const runs: [number, number][] = []
  for (let n = begin; n <= high; n += by) runs.push([n, n])
  return runs
}

function integer(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  return bad('must consist of integers', value)
}

function bad(rule: string, value?: unknown): never {
  const shown = value === undefined ? '' : `, not ${quote(value)}`
  throw new DcpError('EBADARG', `"range" ${rule}${shown}`)
}
