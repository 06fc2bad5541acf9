/** Makes an input set of what a program gave to `compute.for`. Throws EBADARG before anything is sent. */
import { DcpError, type Random, parseInputRange } from '@manyhands/protocol'

import type { DescribedInput, InputSet, ListedInput } from './input-set.ts'
import { RemoteDataPattern } from '../remote/remote-data.ts'
import { describesSet, isArrayOfRanges } from './range-objects.ts'

const seedLength = 22

/** Random distributions with a seed, so that the client and every worker draw the same numbers. */
function seeded(value: unknown, random: Random): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const { dist, seed, ranges, sparse } = value as Record<string, unknown>
  if (dist !== undefined) return { ...value, seed: seed ?? random.token(seedLength) }
  const members = (list: readonly unknown[]): unknown[] => list.map((one) => seeded(one, random))
  return {
    ...value,
    ...(Array.isArray(ranges) ? { ranges: members(ranges) } : {}),
    ...(Array.isArray(sparse) ? { sparse: members(sparse) } : {}),
  }
}

export interface RecognizeOptions {
  /** An array of range objects is an array of values, not a multi range. */
  readonly literal?: boolean
}

export function describedInput(value: unknown): DescribedInput {
  const range = parseInputRange(value)
  return { kind: 'range', range, dimensions: range.dimensions }
}

export function listedInput(source: ListedInput['source']): ListedInput {
  return { kind: 'values', source, texts: [] }
}

function isIterable(value: unknown): value is ListedInput['source'] {
  if (typeof value !== 'object' || value === null) return false
  const { [Symbol.iterator]: sync, [Symbol.asyncIterator]: async } = value as Partial<
    Iterable<unknown> & AsyncIterable<unknown>
  >
  return typeof sync === 'function' || typeof async === 'function'
}

const generatorTags: ReadonlySet<string> = new Set([
  '[object GeneratorFunction]',
  '[object AsyncGeneratorFunction]',
])

function isGeneratorFunction(value: unknown): value is () => ListedInput['source'] {
  return typeof value === 'function' && generatorTags.has(Object.prototype.toString.call(value))
}

/** A generator function is called when the set is read, not before. */
function sourceOfFunction(make: () => ListedInput['source']): ListedInput['source'] {
  const tag = Object.prototype.toString.call(make)
  if (tag === '[object AsyncGeneratorFunction]') {
    return {
      [Symbol.asyncIterator]: () => (make() as AsyncIterable<unknown>)[Symbol.asyncIterator](),
    }
  }
  return { [Symbol.iterator]: () => (make() as Iterable<unknown>)[Symbol.iterator]() }
}

export function recognizeInput(
  value: unknown,
  random: Random,
  options: RecognizeOptions = {},
): InputSet {
  if (options.literal !== true && isArrayOfRanges(value)) return describedInput({ ranges: value })
  if (value instanceof RemoteDataPattern) {
    return { kind: 'pattern', pattern: value.pattern, count: value.sliceCount }
  }
  if (describesSet(value)) return describedInput(seeded(value, random))
  // A copy: the program may change its array while the job is deployed.
  if (Array.isArray(value)) return listedInput([...(value as readonly unknown[])])
  if (isIterable(value)) return listedInput(value)
  if (isGeneratorFunction(value)) return listedInput(sourceOfFunction(value))
  const what = value === null ? 'null' : typeof value
  throw new DcpError(
    'EBADARG',
    `the input set must be a range object, an array or another iterable object, not ${what}`,
    { details: { field: 'inputSet' } },
  )
}
