/**
 * Described input sets: ranges, multi ranges, sparse ranges and distributions (operations §15.4).
 * However many slices they have, they cost the size of their description; any element is computed
 * from its slice number alone.
 */
import { DcpError } from '../errors.ts'
import { slicesMax } from '../limits.ts'
import { quote } from '../quote.ts'

/** A described input set. */
export interface InputRange {
  readonly kind: 'range' | 'multi' | 'sparse' | 'distribution'
  /** Slices in it, at most 2^53-1. */
  readonly count: number
  /** Lengths of a multi range's members, outermost first. */
  readonly dimensions?: readonly number[]
  /** True when every value is a safe integer or arrays of them: any worker computes them alike. */
  readonly safe: boolean
  /** The value of a slice, counted from 1; throws ERANGE for another. */
  elementAt(slice: number): unknown
  /** The same as a prepared text. */
  elementText(slice: number): string
  /** What `dataRange` of a submit holds; equal to what official programs send. */
  toWire(): unknown
}

export interface InputRangeOptions {
  /** What random distributions are drawn from: same seed, same values, for ever. */
  readonly seed?: string
}

/** What the parsers of members hand upwards, indices counted from 0. */
export interface Member {
  readonly kind: InputRange['kind'] | 'literal'
  readonly count: number
  readonly safe: boolean
  at(index: number): unknown
  toWire(): unknown
}

/** Where a member is, for messages, and what it is drawn from. */
export interface Place {
  /** Empty at the top, else such as `ranges[1].`. */
  readonly prefix: string
  readonly seed: string
}

export type Fields = Readonly<Record<string, unknown>>

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Throws EBADARG that names the field. */
export function badField(place: Place, field: string, rule: string, value?: unknown): never {
  const shown = value === undefined ? '' : `, not ${quote(value)}`
  throw new DcpError('EBADARG', `range: "${place.prefix}${field}" ${rule}${shown}`, {
    details: { field: `${place.prefix}${field}` },
  })
}

/** Throws ETOOMANYTASKS. */
export function tooManySlices(count: string): never {
  throw new DcpError(
    'ETOOMANYTASKS',
    `range: it has ${count} slices; a job may have at most ${slicesMax}`,
    { details: { slices: count, limit: slicesMax } },
  )
}
