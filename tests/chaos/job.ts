/** The job whose slices are counted: what goes in, what is done with it, what must come out. */

export const sliceCount = 2_000

/** `range`: described by its bounds; `values`: every element is uploaded. */
export type InputKind = 'range' | 'values'

const start = 10_000
const step = 3

/** The range of the job; no element is its own slice number, so that none can pass for another. */
export const inputRange = { start, end: start + step * (sliceCount - 1), step } as const

/** The element of a slice, numbered from 1. */
export function elementOf(slice: number, kind: InputKind): number {
  // In another order than the range has them: 7 has no factor in common with the number of slices.
  const place = kind === 'range' ? slice - 1 : (slice * 7) % sliceCount
  return start + step * place
}

export function listElements(kind: InputKind): number[] {
  return Array.from({ length: sliceCount }, (_, index) => elementOf(index + 1, kind))
}

/** A millisecond or two of work whose outcome proves which element it was done on. */
export function work(element: number): string {
  let hash = element
  for (let round = 0; round < 200_000; round++) {
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) + round
  }
  return `${element}:${hash >>> 0}`
}

const known = new Map<number, string>()

/** What the slice must return. */
export function expectedOf(slice: number, kind: InputKind): string {
  const element = elementOf(slice, kind)
  let result = known.get(element)
  if (result === undefined) {
    result = work(element)
    known.set(element, result)
  }
  return result
}
