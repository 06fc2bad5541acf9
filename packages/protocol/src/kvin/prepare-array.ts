/**
 * Arrays of any kind as `{arr, isl?, ps?, len?}`. Long arrays of numbers and strings take a path
 * that costs about as much as JSON.
 */
import { sparseScanMax } from '../limits.ts'
import { setOwn } from './prepared.ts'
import { isBare } from './raw.ts'
import type { Encoder } from './prepare.ts'

/** Islands from this length on are prepared like arrays of their own. */
const longIsland = 8

interface ArrayForm {
  arr: unknown[]
  isl?: unknown[]
  ps?: Record<string, unknown>
  len?: number
}

/** Prepares an array that already has its number. */
export function prepareArray(encoder: Encoder, array: readonly unknown[]): unknown {
  const form: ArrayForm = { arr: [] }
  const dense = prepareDense(encoder, array, form.arr)
  // Listing the keys of a long array costs more than the rest of its encoding, so names on arrays
  // without holes are looked for in short ones only.
  if (dense < array.length || array.length <= sparseScanMax) {
    const keys = Object.keys(array)
    if (keys.length !== array.length) prepareRest(encoder, array, { form, keys, dense })
  }
  if (dense !== array.length) form.len = array.length
  return form
}

/** Writes the elements up to the first hole, folding runs of equal ones; says how many they are. */
function prepareDense(encoder: Encoder, array: readonly unknown[], into: unknown[]): number {
  let run: { lst: number } | undefined
  let last: unknown
  for (let i = 0; i < array.length; i++) {
    const element = array[i]
    if (element === undefined && !Object.hasOwn(array, i)) return i
    const prepared = isBare(element) ? element : encoder.prepareAt(i, element)
    if (i > 0 && (prepared === last || sameForm(prepared, last))) {
      if (run === undefined) into.push((run = { lst: 0 }))
      run.lst++
    } else {
      run = undefined
      last = prepared
      into.push(prepared)
    }
  }
  return array.length
}

/** True when both would be the same JSON text. */
function sameForm(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b
  if (a === b) return true
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const keys = Object.keys(a)
  const others = Object.keys(b)
  if (keys.length !== others.length) return false
  return keys.every(
    (key, i) =>
      key === others[i] &&
      sameForm((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]),
  )
}

interface Rest {
  readonly form: ArrayForm
  readonly keys: readonly string[]
  readonly dense: number
}

/**
 * What is behind a hole, and properties with names. The official encoder also repeats here what the
 * dense part holds already; its texts are kept, since readers simply write those elements twice.
 */
function prepareRest(
  encoder: Encoder,
  array: readonly unknown[],
  { form, keys, dense }: Rest,
): void {
  const written = dense === 0 ? 0 : form.arr.length
  const single: string[] = []
  for (let j = 0; j < keys.length; j++) {
    const key = keys[j] ?? ''
    const index = Number(key)
    if (index < j && index < written) continue
    if (!Number.isNaN(index) && Object.hasOwn(array, index + 1)) {
      const island = prepareIsland(encoder, array, index)
      form.isl ??= []
      form.isl.push(island.form)
      j += island.length - 1
    } else {
      form.ps ??= {}
      single.push(key)
    }
  }
  // Readers number what is in islands before what is in properties.
  for (const key of single) {
    const value: unknown = (array as unknown as Record<string, unknown>)[key]
    form.ps ??= {}
    setOwn(form.ps, key, isBare(value) ? value : encoder.prepareAt(key, value))
  }
}

interface Island {
  readonly form: unknown
  readonly length: number
}

function prepareIsland(encoder: Encoder, array: readonly unknown[], start: number): Island {
  const elements: unknown[] = []
  for (let k = start; Object.hasOwn(array, k); k++) elements.push(array[k])
  // Readers take the elements of a plain list as they are: only bare ones may stand there.
  const plain = elements.length < longIsland && elements.every(isBare)
  if (plain) return { form: { '@': start, arr: elements }, length: elements.length }
  // The list counts as an object of its own, for readers number it.
  encoder.seen.set(elements, encoder.seen.size)
  return { form: { '@': start, arr: prepareArray(encoder, elements) }, length: elements.length }
}
