/** The state of one decoding and the budgets it keeps. */
import { kvinBytesMax, kvinElementsMax } from '../limits.ts'
import { defineData, formatError, isForm } from './prepared.ts'
import type { Form } from './prepared.ts'

/** The state of one decoding. */
export interface Decoder {
  /** Objects in the order they were met; what `{seen: n}` refers to. */
  readonly seen: unknown[]
  depth: number
  /** What the document has asked for beyond what it spells out. */
  elements: number
  bytes: number
  unprepare(form: unknown): unknown
}

/** Counts elements that a run, an island or a length adds. */
export function spendElements(decoder: Decoder, count: number): void {
  decoder.elements += count
  if (decoder.elements > kvinElementsMax) {
    throw formatError(`expands to more than ${kvinElementsMax} elements`)
  }
}

/** Counts bytes that a length asks for. */
export function spendBytes(decoder: Decoder, count: number): void {
  decoder.bytes += count
  if (decoder.bytes > kvinBytesMax) throw formatError(`expands to more than ${kvinBytesMax} bytes`)
}

/** Own properties of something that is not a plain object: defined, never assigned. */
export function defineProperties(decoder: Decoder, target: object, form: Form): void {
  const properties = form['ps']
  if (properties === undefined) return
  if (!isForm(properties)) throw formatError('"ps" must be an object')
  for (const key of Object.keys(properties)) {
    defineData(target, key, decoder.unprepare(properties[key]))
  }
}
