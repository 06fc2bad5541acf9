/** Range objects that name slice numbers, as `list`, `fetch`, `stat` and `delete` take them. */
import { type SliceSet, parseSliceRange } from '@manyhands/protocol'

import type { RangeObject, SparseRangeObject } from '../input/range-objects.ts'

/** A slice number, several, or range objects of them. Slices are numbered from 1. */
export type SliceRange = number | readonly number[] | RangeObject | SparseRangeObject

/** Throws EBADARG saying what is wrong. */
export function slicesOfRange(range: SliceRange): SliceSet {
  return parseSliceRange(range, Number.MAX_SAFE_INTEGER)
}

/** The range object of a set: one run, or a sparse range. */
export function rangeOfSlices(set: SliceSet): RangeObject | SparseRangeObject {
  const ranges = set.map(([start, end]) => ({ start, end, step: 1 }))
  const [only] = ranges
  return only !== undefined && ranges.length === 1 ? only : { sparse: ranges }
}
