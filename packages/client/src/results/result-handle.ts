/**
 * What `exec` resolves with: an array of the results, with methods that marry them to the input
 * set, and methods that reach the results kept by the scheduler.
 */
import { DcpError, prepareText } from '@manyhands/protocol'

import { type InputSet, inputAt, inputCount, inputSlices, inputTextAt } from '../input/input-set.ts'
import type { RangeObject, SparseRangeObject } from '../input/range-objects.ts'
import type { SliceRange } from './slice-range.ts'
import { type ResultStore, guardedArray } from './store.ts'

/** As `Object.entries` would name it: numbers become text, everything else stays as it is. */
export type EntryKey<In> = In extends number | bigint ? string : In

export interface SliceStatus {
  readonly slice: number
  readonly distributedTime: number | undefined
  readonly computedTime: number | undefined
  readonly payment: unknown
}

interface EntriesOptions {
  /** True: every element of the input set, throwing ENOENT when a result is not in memory. */
  readonly all?: boolean
}

type Replaced = 'entries' | 'keys' | 'values' | 'flat'

/** `Element` is `Out`, or arrays of it where results of a multi range nest. */
export interface ResultHandle<In = unknown, Out = unknown, Element = Out> extends Omit<
  readonly Element[],
  Replaced
> {
  readonly [index: number]: Element
  /** Input and output of each slice whose result is in memory, in the order of the input set. */
  entries(options?: EntriesOptions): [input: EntryKey<In>, output: Out][]
  /** As `Object.fromEntries(entries())`, of the inputs that are primitive. */
  fromEntries(): Record<string, Out>
  /** The whole input set. */
  keys(): EntryKey<In>[]
  values(options?: EntriesOptions): Out[]
  /** The result that `fromEntries` holds under that key. Throws ERANGE. */
  key(input: unknown): Out
  /** The result of the slice with that input. Throws ERANGE when it is not in the input set. */
  lookupValue(input: In): Out
  /** The results by slice, without the nesting of a multi range; with a depth as `Array` does it. */
  flat(depth?: number): Out[]
  /** Slices that the scheduler has results for. */
  list(range?: SliceRange): Promise<RangeObject | SparseRangeObject>
  /** Brings results from the scheduler into memory. Events: for the new ones, or for 'all'. */
  fetch(range?: SliceRange, emitEvents?: boolean | 'all'): Promise<void>
  stat(range?: SliceRange): Promise<SliceStatus[]>
  /** Deletes results at the scheduler; resolves with the slices that were deleted. */
  delete(range?: SliceRange): Promise<number[]>
}

/** The methods that need the scheduler. */
export type StoredResults = Pick<ResultHandle, 'list' | 'fetch' | 'stat' | 'delete'>

function entryKey(input: unknown): unknown {
  return typeof input === 'number' || typeof input === 'bigint' ? String(input) : input
}

function isPrimitive(value: unknown): boolean {
  return (typeof value !== 'object' || value === null) && typeof value !== 'function'
}

/** Finds slices by input or by key; the index is made when first asked for, and when the set grew. */
function createIndex(input: InputSet, keyOf: (slice: number) => string | undefined) {
  let known = 0
  let index = new Map<string, number>()
  return (key: string): number => {
    const count = inputCount(input) ?? 0
    if (known !== count) {
      index = new Map()
      known = 0
      for (const slice of inputSlices(input)) {
        const text = keyOf(slice)
        if (text !== undefined) index.set(text, slice)
        known = slice
      }
    }
    const slice = index.get(key)
    if (slice !== undefined) return slice
    throw new DcpError('ERANGE', `${key} is not an element of the input set`)
  }
}

export function createResultHandle(
  store: ResultStore,
  input: InputSet,
  stored: StoredResults,
): ResultHandle {
  const byInput = createIndex(input, (slice) => inputTextAt(input, slice))
  const byKey = createIndex(input, (slice) => {
    const value = inputAt(input, slice)
    return isPrimitive(value) ? String(value) : undefined
  })
  function* slices(all: boolean | undefined): Iterable<number> {
    if (all === true) yield* inputSlices(input)
    else for (const [first, last] of store.slices()) for (let n = first; n <= last; n++) yield n
  }
  const entries = (options?: EntriesOptions): [unknown, unknown][] =>
    Array.from(slices(options?.all), (slice) => [entryKey(inputAt(input, slice)), store.get(slice)])
  const values = (options?: EntriesOptions): unknown[] =>
    Array.from(slices(options?.all), (slice) => store.get(slice))
  const methods = {
    entries,
    values,
    keys: () => Array.from(inputSlices(input), (slice) => entryKey(inputAt(input, slice))),
    fromEntries: () =>
      Object.fromEntries(
        entries()
          .filter(([key]) => isPrimitive(key))
          .map(([key, value]) => [String(key), value]),
      ),
    key: (key: unknown) => store.get(byKey(String(key))),
    lookupValue: (value: unknown) => store.get(byInput(prepareText(value))),
    flat: (depth?: number) => {
      const flat = values()
      return depth === undefined ? flat : store.elements.flat(depth)
    },
    ...stored,
  }
  for (const [name, value] of Object.entries(methods)) {
    Object.defineProperty(store.elements, name, { value, configurable: true, writable: true })
  }
  return guardedArray(store.elements, 'results') as unknown as ResultHandle
}
