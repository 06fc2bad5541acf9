/**
 * Sets of slice numbers as ascending, disjoint, non-adjacent runs; their text is `"1-500,730"`
 * (operations §22.1). Cost grows with the number of runs, never with the number of slices.
 */
import { DcpError } from './errors.ts'
import { sliceSetRunsMax, slicesMax } from './limits.ts'
import { quote } from './quote.ts'

/** Runs of slice numbers, both ends included, ascending, with a gap between neighbours. */
export type SliceSet = readonly (readonly [first: number, last: number])[]

const comma = 44
const hyphen = 45
const digitZero = 48

/** Reads the text form; the empty text is the empty set. Throws EBADARG for anything not canonical. */
export function parseSliceSet(text: string): SliceSet {
  const runs: [number, number][] = []
  if (text === '') return runs
  let at = 0
  let before = 0
  const number = (): number => {
    const start = at
    let value = 0
    for (; at < text.length; at++) {
      const digit = text.charCodeAt(at) - digitZero
      if (digit < 0 || digit > 9) break
      value = value * 10 + digit
    }
    if (at === start || text.charCodeAt(start) === digitZero || value > slicesMax)
      malformed(text, start)
    return value
  }
  while (true) {
    const start = at
    const first = number()
    let last = first
    if (text.charCodeAt(at) === hyphen) {
      at++
      last = number()
      if (last < first) malformed(text, start)
    }
    const previous = runs.at(-1)
    if (first <= before) malformed(text, start)
    // Neighbours are joined, so that equal sets are equal however their sender wrote them.
    if (previous !== undefined && first === before + 1) previous[1] = last
    else runs.push([first, last])
    if (runs.length > sliceSetRunsMax) tooManyRuns()
    before = last
    if (at === text.length) return runs
    if (text.charCodeAt(at) !== comma) malformed(text, at)
    at++
  }
}

/** The text form of a set. */
export function encodeSliceSet(set: SliceSet): string {
  let text = ''
  for (const [first, last] of set) {
    if (text !== '') text += ','
    text += first === last ? first : `${first}-${last}`
  }
  return text
}

/** The set of some numbers, in any order, repeated or not. Throws EBADARG for what is no slice number. */
export function sliceSetOf(numbers: Iterable<number>): SliceSet {
  const list = Array.isArray(numbers) ? (numbers as readonly number[]) : [...numbers]
  const runs: [number, number][] = []
  for (const n of inOrder(list)) {
    const run = runs.at(-1)
    if (run !== undefined && n <= run[1] + 1) run[1] = Math.max(run[1], n)
    else runs.push([n, n])
  }
  return runs
}

function inOrder(list: readonly number[]): readonly number[] {
  let before = 0
  let ascending = true
  for (const n of list) {
    if (!Number.isSafeInteger(n) || n < 1) {
      throw new DcpError('EBADARG', `a slice number must be an integer from 1, not ${quote(n)}`)
    }
    if (n < before) ascending = false
    before = n
  }
  return ascending ? list : list.toSorted((a, b) => a - b)
}

/** How many slices a set holds. */
export function sliceCount(set: SliceSet): number {
  let count = 0
  for (const [first, last] of set) count += last - first + 1
  return count
}

/** Every slice number, ascending. */
export function* slicesIn(set: SliceSet): Iterable<number> {
  for (const [first, last] of set) {
    for (let n = first; n <= last; n++) yield n
  }
}

export function hasSlice(set: SliceSet, slice: number): boolean {
  let low = 0
  let high = set.length - 1
  while (low <= high) {
    const middle = (low + high) >>> 1
    const run = set[middle]
    if (run === undefined) return false
    if (slice < run[0]) high = middle - 1
    else if (slice > run[1]) low = middle + 1
    else return true
  }
  return false
}

/** The lowest `count` slices of a set. */
export function firstSlices(set: SliceSet, count: number): SliceSet {
  const runs: [number, number][] = []
  let left = count
  for (const [first, last] of set) {
    if (left <= 0) break
    const length = Math.min(left, last - first + 1)
    runs.push([first, first + length - 1])
    left -= length
  }
  return runs
}

/** What is in `a` or in `b`. */
export function unionSliceSet(a: SliceSet, b: SliceSet): SliceSet {
  const runs: [number, number][] = []
  let i = 0
  let j = 0
  while (i < a.length || j < b.length) {
    const next = lower(a[i], b[j])
    if (next === a[i]) i++
    else j++
    const run = runs.at(-1)
    if (run !== undefined && next[0] <= run[1] + 1) run[1] = Math.max(run[1], next[1])
    else runs.push([next[0], next[1]])
  }
  return runs
}

type Run = readonly [number, number]

function lower(a: Run | undefined, b: Run | undefined): Run {
  if (a === undefined) return b ?? [0, 0]
  return b === undefined || a[0] <= b[0] ? a : b
}

/** What is in `a` and not in `b`. */
export function subtractSliceSet(a: SliceSet, b: SliceSet): SliceSet {
  const runs: [number, number][] = []
  let j = 0
  for (const [first, last] of a) {
    let from = first
    for (let hole = b[j]; hole !== undefined && hole[0] <= last; hole = b[j]) {
      if (hole[0] > from) runs.push([from, hole[0] - 1])
      from = Math.max(from, hole[1] + 1)
      // A hole that reaches beyond this run may also cut the next one.
      if (hole[1] > last) break
      j++
    }
    if (from <= last) runs.push([from, last])
  }
  return runs
}

/** What is in both. */
export function intersectSliceSet(a: SliceSet, b: SliceSet): SliceSet {
  return subtractSliceSet(a, subtractSliceSet(a, b))
}

function malformed(text: string, at: number): never {
  throw new DcpError(
    'EBADARG',
    `slices must be ascending numbers and runs such as "1-500,730"; at character ${at + 1} there is ${quote(text.slice(at, at + 20))}`,
  )
}

function tooManyRuns(): never {
  throw new DcpError('EBADARG', `slices must have at most ${sliceSetRunsMax} runs`)
}
