/**
 * The results of a job in memory: each slice once, in the place that its number has in the input
 * set. Results of a multi range nest like the loops that it stands for.
 */
import {
  DcpError,
  type SliceSet,
  hasSlice,
  sliceCount,
  subtractSliceSet,
  unionSliceSet,
} from '@manyhands/protocol'

export interface ResultStore {
  /** The nested form of the results; what the handle shows. */
  readonly elements: unknown[]
  /** Slices whose result is in memory. */
  readonly slices: () => SliceSet
  readonly count: () => number
  has(slice: number): boolean
  /** Throws ENOENT when the result is not in memory. */
  get(slice: number): unknown
  put(slice: number, value: unknown): void
  delete(slices: Iterable<number>): void
}

/** Puts up to this many slices are merged into the set at once: a set is costly to change. */
const freshMax = 1024

/** An array that throws, instead of giving undefined, for an element that is not there yet. */
export function guardedArray(elements: unknown[], name: string): unknown[] {
  return new Proxy(elements, {
    get(target, key, receiver) {
      if (typeof key === 'string' && /^\d+$/.test(key) && !(key in target)) {
        throw new DcpError(
          'ENOENT',
          `result ${name}[${key}] is not in memory: await results.fetch(), or wait for the job`,
          { details: { index: Number(key) } },
        )
      }
      return Reflect.get(target, key, receiver) as unknown
    },
  })
}

/** The rows that hold a slice's result, made when needed; the last index is where it goes. */
function place(
  elements: unknown[],
  rows: Map<string, unknown[]>,
  dimensions: readonly number[],
  slice: number,
): readonly [row: unknown[], index: number] {
  const path: number[] = []
  let rest = slice - 1
  for (const length of dimensions.toReversed()) {
    path.unshift(rest % length)
    rest = Math.floor(rest / length)
  }
  const last = path.pop() ?? 0
  let row = elements
  let name = ''
  for (const index of path) {
    name += `[${index}]`
    let inner = rows.get(name)
    if (inner === undefined) {
      inner = []
      rows.set(name, inner)
      row[index] = guardedArray(inner, `results${name}`)
    }
    row = inner
  }
  return [row, last]
}

/** @param dimensions lengths of a multi range's ranges; more than one makes the elements nest */
export function createResultStore(dimensions?: readonly number[]): ResultStore {
  const nested = dimensions !== undefined && dimensions.length > 1 ? dimensions : undefined
  const elements: unknown[] = []
  const flat: unknown[] = nested === undefined ? elements : []
  const rows = new Map<string, unknown[]>()
  let settled: SliceSet = []
  let fresh: [number, number][] = []
  let freshCount = 0

  /** Merges what was put since the last call. */
  function slices(): SliceSet {
    if (fresh.length > 0) {
      settled = unionSliceSet(
        settled,
        fresh.toSorted((a, b) => a[0] - b[0]),
      )
      fresh = []
      freshCount = 0
    }
    return settled
  }

  function remember(slice: number): void {
    const run = fresh.at(-1)
    if (run !== undefined && run[1] + 1 === slice) run[1] = slice
    else fresh.push([slice, slice])
    freshCount += 1
    if (fresh.length > freshMax) slices()
  }

  function has(slice: number): boolean {
    return Object.hasOwn(flat, slice - 1)
  }

  return {
    elements,
    slices,
    count: () => sliceCount(settled) + freshCount,
    has,
    get(slice) {
      if (has(slice)) return flat[slice - 1]
      throw new DcpError('ENOENT', `the result of slice ${slice} is not in memory`, {
        details: { slice },
      })
    },
    put(slice, value) {
      if (!has(slice)) remember(slice)
      flat[slice - 1] = value
      if (nested === undefined) return
      const [row, index] = place(elements, rows, nested, slice)
      row[index] = value
    },
    delete(gone) {
      const known = slices()
      const dropped: [number, number][] = []
      for (const slice of gone) {
        if (!hasSlice(known, slice)) continue
        dropped.push([slice, slice])
        Reflect.deleteProperty(flat, slice - 1)
        if (nested === undefined) continue
        const [row, index] = place(elements, rows, nested, slice)
        Reflect.deleteProperty(row, index)
      }
      settled = subtractSliceSet(
        known,
        dropped.toSorted((a, b) => a[0] - b[0]),
      )
    },
  }
}
