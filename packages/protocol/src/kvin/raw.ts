/**
 * Which objects can be written as `{raw: …}`, that is as plain JSON: trees of plain objects whose
 * leaves are strings, booleans, null, ordinary numbers and empty arrays or objects. This is the rule
 * of the official encoder, so that our texts equal its texts.
 */
import { kvinDepthMax, kvinNodesMax } from '../limits.ts'

/** Says how many JSON values an object comes to when written out, or Infinity when it is not raw. */
export type RawSize = (value: object, depth: number) => number

/** A measure that looks at each object of a graph once, however often it is referred to. */
export function createRawSize(): RawSize {
  // Objects without objects in them are cheap to look at again and are not remembered.
  const known = new Map<object, number>()

  const measure: RawSize = (value, depth) => {
    if (Array.isArray(value)) return isEmptyArray(value) ? 1 : Infinity
    const before = known.get(value)
    if (before !== undefined) return before
    // A cycle ends here too: it is as deep as one looks.
    if (depth > kvinDepthMax || !isPlainObject(value)) return Infinity
    let size = 1
    let nested = false
    for (const key in value) {
      if (!Object.hasOwn(value, key)) return Infinity
      const member: unknown = (value as Record<string, unknown>)[key]
      if (typeof member === 'object' && member !== null) {
        nested = true
        size += measure(member, depth + 1)
      } else if (member === null || isBare(member)) size++
      else size = Infinity
      if (size > kvinNodesMax) break
    }
    if (size > kvinNodesMax) size = Infinity
    if (nested || size === Infinity) known.set(value, size)
    return size
  }
  return measure
}

/** True for what stands for itself in an array: strings, booleans, ordinary numbers. */
export function isBare(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value) && !(value === 0 && 1 / value < 0)
  return typeof value === 'string' || typeof value === 'boolean'
}

/** True for object literals of any realm and for objects without a prototype. */
function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null || isForeignRoot(prototype)
}

/** The Object.prototype of another realm: it has no prototype and owns a constructor's methods. */
function isForeignRoot(prototype: unknown): boolean {
  return (
    typeof prototype === 'object' &&
    prototype !== null &&
    Object.getPrototypeOf(prototype) === null &&
    Object.hasOwn(prototype, 'isPrototypeOf')
  )
}

function isEmptyArray(value: readonly unknown[]): boolean {
  return value.length === 0 && Object.keys(value).length === 0
}
