/** Range objects that name slice numbers, as `list`, `fetch`, `stat` and `delete` take them. */
import { DcpError, type SliceSet, parseInputRange, sliceSetOf } from '@manyhands/protocol'

import type { RangeObject, SparseRangeObject } from '../input/range-objects.ts'
import { limits } from '../limits.ts'

/** A slice number, several, or range objects of them. Slices are numbered from 1. */
export type SliceRange = number | readonly number[] | RangeObject | SparseRangeObject

function isRun(range: object): range is { start: number; end: number } {
  const { start, end, step } = range as Partial<RangeObject>
  return typeof start === 'number' && typeof end === 'number' && (step ?? 1) === 1
}

/** Throws EBADARG naming what is wrong. */
export function slicesOfRange(range: SliceRange): SliceSet {
  if (typeof range === 'number') return sliceSetOf([range])
  if (Array.isArray(range)) return sliceSetOf(range as readonly number[])
  if (typeof range !== 'object' || range === null) {
    throw new DcpError('EBADARG', `a range of slices must be an object, not ${typeof range}`)
  }
  if (isRun(range) && range.start <= range.end) {
    sliceSetOf([range.start, range.end])
    return [[range.start, range.end]]
  }
  const named = parseInputRange(range)
  const { count } = named
  if (count > limits.sliceNumbersMax) {
    throw new DcpError(
      'ETOOBIG',
      `the range names ${count} slices one by one; at most ${limits.sliceNumbersMax}`,
      { details: { limit: limits.sliceNumbersMax } },
    )
  }
  const numbers: number[] = []
  for (let index = 1; index <= count; index++) {
    for (const slice of [named.elementAt(index)].flat()) numbers.push(Number(slice))
  }
  return sliceSetOf(numbers)
}

/** The range object of a set: one run, or a sparse range. */
export function rangeOfSlices(set: SliceSet): RangeObject | SparseRangeObject {
  const ranges = set.map(([start, end]) => ({ start, end, step: 1 }))
  const [only] = ranges
  return only !== undefined && ranges.length === 1 ? only : { sparse: ranges }
}
