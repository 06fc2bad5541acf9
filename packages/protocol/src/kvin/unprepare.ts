/**
 * The decoding half of KVIN, for text from anybody: a closed table of forms and constructors,
 * bounded in depth and in what short texts may expand to. Nothing is looked up by a name from data.
 */
import { bigintDigitsMax, kvinDepthMax } from '../limits.ts'
import { quote } from '../quote.ts'
import { defineProperties } from './decoder.ts'
import { checkDepth, defineData, formatError, isForm } from './prepared.ts'
import { unprepareArray } from './unprepare-array.ts'
import { unprepareBytes } from './unprepare-bytes.ts'
import { unprepareConstructed } from './unprepare-constructed.ts'
import type { Decoder } from './decoder.ts'
import type { Form } from './prepared.ts'

export function createDecoder(): Decoder {
  const decoder: Decoder = {
    seen: [],
    depth: 0,
    elements: 0,
    bytes: 0,
    unprepare(form) {
      if (typeof form !== 'object') return primitive(form)
      if (++decoder.depth > kvinDepthMax) throw formatError(`nested more than ${kvinDepthMax} deep`)
      const value = unprepareForm(decoder, form)
      decoder.depth--
      return value
    },
  }
  return decoder
}

function primitive(value: unknown): unknown {
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') {
    return value
  }
  throw formatError(`${quote(value)} is not a prepared value`)
}

const has = Object.hasOwn

function unprepareForm(decoder: Decoder, form: object | null): unknown {
  if (!isForm(form)) throw formatError(`${quote(form)} is not a prepared value`)
  if (has(form, 'raw')) return unprepareRaw(decoder, form['raw'])
  if (has(form, 'number')) return unprepareNumber(form['number'])
  if (has(form, 'bigint')) return unprepareBigint(form['bigint'])
  if (has(form, 'fnName')) return unprepareFunction(decoder, form)
  if (has(form, 'mapKeys') || has(form, 'mapVals')) return unprepareMap(decoder, form)
  if (has(form, 'ab8') || has(form, 'isl8') || has(form, 'ab16') || has(form, 'isl16')) {
    return unprepareBytes(decoder, form)
  }
  if (has(form, 'arr')) return unprepareArray(decoder, form)
  if (has(form, 'ctr')) return unprepareConstructed(decoder, form)
  if (has(form, 'set')) return unprepareSet(decoder, form['set'])
  if (has(form, 'json')) return unprepareJson(decoder, form['json'])
  if (has(form, 'undefined')) return undefined
  if (has(form, 'symbol')) return unprepareSymbol(decoder, form['symbol'])
  if (has(form, 'resolve')) return unprepareResolved(decoder, form['resolve'])
  if (has(form, 'reject')) return unprepareRejected(decoder, form['reject'])
  if (has(form, 'seen')) return unprepareSeen(decoder, form['seen'])
  if (has(form, '_serializeVerId')) return unprepareDocument(decoder, form)
  // A symbol without a description: its only member is dropped by JSON.
  if (Object.keys(form).length === 0) return unprepareSymbol(decoder, undefined)
  throw formatError(`unknown form with ${quote(Object.keys(form).join(', '))}`)
}

function unprepareRaw(decoder: Decoder, value: unknown): unknown {
  if (typeof value === 'object') checkDepth(value, kvinDepthMax - decoder.depth)
  return value
}

function unprepareNumber(text: unknown): number {
  if (text === 'NaN' || text === 'Infinity' || text === '-Infinity') return Number(text)
  throw formatError(`number ${quote(text)}`)
}

function unprepareBigint(text: unknown): bigint {
  if (typeof text === 'string' && text.length <= bigintDigitsMax && /^-?\d+$/.test(text)) {
    return BigInt(text)
  }
  throw formatError(`bigint ${quote(text)}`)
}

/** Functions arrive as their source, never as something to call. */
function unprepareFunction(decoder: Decoder, form: Form): unknown {
  const source = form['arg']
  if (typeof source !== 'string') throw formatError('function without a source text')
  const boxed = Object(source) as object
  decoder.seen.push(boxed)
  defineProperties(decoder, boxed, form)
  defineData(boxed, 'name', String(form['fnName']))
  return boxed
}

function unprepareMap(decoder: Decoder, form: Form): unknown {
  const map = new Map<unknown, unknown>()
  decoder.seen.push(map)
  const keys = elementsOf(decoder, form['mapKeys'])
  const values = elementsOf(decoder, form['mapVals'])
  keys.forEach((key, i) => map.set(key, values[i]))
  defineProperties(decoder, map, form)
  return map
}

function unprepareSet(decoder: Decoder, form: unknown): unknown {
  const set = new Set<unknown>()
  decoder.seen.push(set)
  for (const element of elementsOf(decoder, form)) set.add(element)
  return set
}

/** The members of a map or set: an array form that has no number of its own. */
function elementsOf(decoder: Decoder, form: unknown): unknown[] {
  if (!isForm(form) || !has(form, 'arr')) throw formatError('a map or set needs array forms')
  return unprepareArray(decoder, form, { numbered: false })
}

function unprepareJson(decoder: Decoder, text: unknown): unknown {
  if (typeof text !== 'string') throw formatError('json form without text')
  try {
    return unprepareRaw(decoder, JSON.parse(text))
  } catch (cause) {
    if (cause instanceof SyntaxError)
      throw formatError('json form with text that is not JSON', cause)
    throw cause
  }
}

function unprepareSymbol(decoder: Decoder, description: unknown): symbol {
  const symbol = Symbol(typeof description === 'string' ? description : undefined)
  decoder.seen.push(symbol)
  return symbol
}

function unprepareResolved(decoder: Decoder, form: unknown): unknown {
  return Promise.resolve(decoder.unprepare(form))
}

function unprepareRejected(decoder: Decoder, form: unknown): unknown {
  const promise = Promise.reject(asReason(decoder.unprepare(form)))
  // Data must not be able to end the process by a rejection nobody looks at.
  promise.catch(() => undefined)
  return promise
}

function asReason(value: unknown): Error {
  return value instanceof Error ? value : new Error('rejected', { cause: value })
}

function unprepareSeen(decoder: Decoder, index: unknown): unknown {
  if (typeof index === 'number' && Number.isInteger(index) && index >= 0) {
    if (index < decoder.seen.length) return decoder.seen[index]
  }
  throw formatError(`reference to object ${quote(index)}, which was not met before`)
}

/** A whole document as a part of another: its references count from its own beginning. */
function unprepareDocument(decoder: Decoder, form: Form): unknown {
  decoder.seen.push(form)
  const inner: Decoder = createDecoder()
  inner.depth = decoder.depth
  inner.elements = decoder.elements
  inner.bytes = decoder.bytes
  const value = unprepareTop(inner, form)
  decoder.elements = inner.elements
  decoder.bytes = inner.bytes
  return value
}

/** Checks the label of a document and decodes it. */
export function unprepareTop(decoder: Decoder, document: unknown): unknown {
  if (!isForm(document) || !has(document, '_serializeVerId') || !has(document, 'what')) {
    throw formatError('not a document: "_serializeVerId" and "what" are needed')
  }
  const label = document['_serializeVerId']
  if (label !== 'v8' && label !== 'v9') throw formatError(`version ${quote(label)} is not known`)
  return decoder.unprepare(document['what'])
}
