/** Arrays: dense elements, runs of equal ones, islands behind holes, properties, length. */
import { kvinDepthMax, kvinElementsMax } from '../limits.ts'
import { quote } from '../quote.ts'
import { spendElements } from './decoder.ts'
import { checkDepth, formatError, setOwn, isForm } from './prepared.ts'
import type { Decoder } from './decoder.ts'
import type { Form } from './prepared.ts'

interface ArrayOptions {
  /** False for the members of maps and sets, which are no objects of their own. */
  readonly numbered?: boolean
}

export function unprepareArray(
  decoder: Decoder,
  form: Form,
  options: ArrayOptions = {},
): unknown[] {
  const source = form['arr']
  if (!Array.isArray(source)) throw formatError('"arr" must be an array')
  const array = arePrimitives(source) ? source.slice() : []
  if (options.numbered !== false) decoder.seen.push(array)
  if (array.length !== source.length) unprepareElements(decoder, source, array)
  if (Object.hasOwn(form, 'isl')) unprepareIslands(decoder, form['isl'], array)
  if (Object.hasOwn(form, 'ps')) unprepareNamed(decoder, form['ps'], array)
  if (Object.hasOwn(form, 'len')) array.length = lengthOf(decoder, form['len'], array.length)
  return array
}

function arePrimitives(source: readonly unknown[]): boolean {
  for (let i = 0; i < source.length; i++) {
    if (typeof source[i] === 'object') return false
  }
  return true
}

function unprepareElements(decoder: Decoder, source: readonly unknown[], into: unknown[]): void {
  let last: unknown
  for (let i = 0; i < source.length; i++) {
    const element = source[i]
    if (typeof element === 'object' && element !== null && Object.hasOwn(element, 'lst')) {
      if (i === 0) throw formatError('a run needs an element before it')
      const count = runLength(element as Form)
      spendElements(decoder, count)
      for (let j = 0; j < count; j++) into.push(again(decoder, last))
    } else {
      last = element
      into.push(decoder.unprepare(element))
    }
  }
}

/** How often a run repeats the element before it. */
export function runLength(form: Form): number {
  const count = form['lst']
  if (typeof count === 'number' && Number.isSafeInteger(count) && count > 0) return count
  throw formatError(`run of ${quote(count)}`)
}

/** One more of an element; raw parts are copied, or changing one would change all. */
function again(decoder: Decoder, form: unknown): unknown {
  const value = decoder.unprepare(form)
  const isRaw = isForm(form) && Object.hasOwn(form, 'raw')
  return isRaw && typeof value === 'object' && value !== null ? structuredClone(value) : value
}

function unprepareIslands(decoder: Decoder, islands: unknown, array: unknown[]): void {
  if (!Array.isArray(islands)) throw formatError('"isl" must be an array')
  for (const island of islands as readonly unknown[]) {
    if (!isForm(island)) throw formatError('an island must be an object')
    const start = island['@']
    if (typeof start !== 'number' || !Number.isSafeInteger(start) || start < 0) {
      throw formatError(`island at ${quote(start)}`)
    }
    const elements = islandElements(decoder, island['arr'])
    growTo(decoder, array, start + elements.length)
    elements.forEach((element, i) => {
      array[start + i] = element
    })
  }
}

/** Short islands hold plain JSON values, long ones an array form. */
function islandElements(decoder: Decoder, arr: unknown): readonly unknown[] {
  if (Array.isArray(arr)) {
    checkDepth(arr, kvinDepthMax - decoder.depth)
    return arr
  }
  if (isForm(arr) && Object.hasOwn(arr, 'arr')) return unprepareArray(decoder, arr)
  throw formatError('an island needs elements')
}

function growTo(decoder: Decoder, array: readonly unknown[], length: number): void {
  if (length > array.length) spendElements(decoder, length - array.length)
}

function unprepareNamed(decoder: Decoder, properties: unknown, array: unknown[]): void {
  if (!isForm(properties)) throw formatError('"ps" must be an object')
  for (const key of Object.keys(properties)) {
    const index = Number(key)
    if (key === 'length') throw formatError('"length" is no property of its own')
    if (Number.isSafeInteger(index) && index >= 0) growTo(decoder, array, index + 1)
    const value = decoder.unprepare(properties[key])
    setOwn(array as unknown as Record<string, unknown>, key, value)
  }
}

function lengthOf(decoder: Decoder, length: unknown, present: number): number {
  if (typeof length !== 'number' || !Number.isSafeInteger(length) || length < 0) {
    throw formatError(`array of length ${quote(length)}`)
  }
  if (length > kvinElementsMax)
    throw formatError(`an array of more than ${kvinElementsMax} elements`)
  if (length > present) spendElements(decoder, length - present)
  return length
}
