/**
 * The input set of a job: described by a range, which the scheduler counts through, or listed value
 * by value. What has been read of a listed set is kept, for `keys`, `entries` and `lookupValue`.
 */
import { DcpError, type InputRange, parsePrepared, prepareText } from '@manyhands/protocol'

import { limits } from '../limits.ts'
import { locationIn } from '../remote/remote-data.ts'

export interface DescribedInput {
  readonly kind: 'range'
  readonly range: InputRange
  /** Lengths of a multi range, outermost first: how its results nest. */
  readonly dimensions: readonly number[] | undefined
}

export interface ListedInput {
  readonly kind: 'values'
  readonly source: Iterable<unknown> | AsyncIterable<unknown>
  /** Prepared text of each value, in the order of the slices; it grows while the source is read. */
  readonly texts: string[]
}

/** Values that are kept elsewhere, at locations that differ by the number of their slice. */
export interface PatternInput {
  readonly kind: 'pattern'
  readonly pattern: string
  readonly count: number
}

/** Of a job that was deployed by another program, value by value. */
interface UnknownInput {
  readonly kind: 'unknown'
}

export type InputSet = DescribedInput | ListedInput | PatternInput | UnknownInput

/** Slices known so far; `undefined` when only the scheduler knows. */
export function inputCount(input: InputSet): number | undefined {
  if (input.kind === 'range') return input.range.count
  if (input.kind === 'pattern') return input.count
  return input.kind === 'values' ? input.texts.length : undefined
}

function knownCount(input: InputSet): number {
  const count = inputCount(input)
  if (count !== undefined) return count
  throw new DcpError('ENOENT', 'the input set of this job is known only to who deployed it')
}

/** The input of a slice, numbered from 1. Throws ERANGE where there is none, ENOENT where unknown. */
export function inputAt(input: InputSet, slice: number): unknown {
  const count = knownCount(input)
  if (!Number.isSafeInteger(slice) || slice < 1 || slice > count) {
    throw new DcpError('ERANGE', `the job has slices 1 to ${count}, not ${slice}`)
  }
  if (input.kind === 'range') return input.range.elementAt(slice)
  if (input.kind === 'pattern') return new URL(locationIn(input.pattern, slice))
  return input.kind === 'values' ? parsePrepared(input.texts[slice - 1] ?? '') : undefined
}

/** As `inputAt`, as prepared text: what goes to a sandbox, and what equal inputs share. */
export function inputTextAt(input: InputSet, slice: number): string {
  if (input.kind === 'range') return input.range.elementText(slice)
  const text = input.kind === 'values' ? input.texts[slice - 1] : undefined
  return text ?? prepareText(inputAt(input, slice))
}

/** Slices 1 to the last. Throws ETOOBIG when they are too many to list, ENOENT when unknown. */
export function* inputSlices(input: InputSet): Iterable<number> {
  const count = knownCount(input)
  if (count > limits.keysMax) {
    throw new DcpError(
      'ETOOBIG',
      `the input set has ${count} elements; at most ${limits.keysMax} are listed at once`,
      { details: { count, limit: limits.keysMax } },
    )
  }
  for (let slice = 1; slice <= count; slice++) yield slice
}
