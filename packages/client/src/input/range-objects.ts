/** The shapes of input sets that are described instead of listed, and how to tell them apart. */
import type { DistributionObject } from '../stats/set.ts'

type Numeric = number | bigint

/** `start`, `start + step`, … up to `end`; `group` puts that many of them into each slice. */
export interface RangeObject {
  readonly start: Numeric | string
  readonly end: Numeric | string
  readonly step?: Numeric | string
  readonly group?: number
}

/** Several ranges one after the other. */
export interface SparseRangeObject {
  readonly sparse: readonly RangeObject[]
}

/** Nested loops, the first range outermost. Members may also be literal arrays. */
export interface MultiRangeObject {
  readonly ranges: readonly (
    | RangeObject
    | SparseRangeObject
    | DistributionObject
    | readonly unknown[]
  )[]
}

export type DescribedSet = RangeObject | SparseRangeObject | MultiRangeObject | DistributionObject

const rangeMembers: ReadonlySet<string> = new Set(['start', 'end', 'step', 'group'])

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  // Objects of another realm have another Object.prototype, itself without a prototype.
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** A plain object with `start` and `end` and otherwise only `step` and `group`. */
function isRangeObject(value: unknown): value is RangeObject {
  if (!isPlainObject(value) || !('start' in value) || !('end' in value)) return false
  return Object.keys(value).every((name) => rangeMembers.has(name))
}

/** Whether an object describes a set; what it says may still be wrong. */
export function describesSet(value: unknown): value is DescribedSet {
  if (typeof value !== 'object' || value === null || Symbol.iterator in value) return false
  return ['start', 'end', 'ranges', 'sparse', 'dist', 'distributor'].some((name) => name in value)
}

/** An array of nothing but range objects is a multi range (the Compute API's examples 4 and 5). */
export function isArrayOfRanges(value: unknown): value is readonly RangeObject[] {
  return Array.isArray(value) && value.length > 0 && value.every(isRangeObject)
}
