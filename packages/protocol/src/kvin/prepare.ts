/**
 * The encoding half of KVIN: values to prepared values (wire-protocol appendix A). Objects that are
 * not plain JSON are numbered in the order in which they are met, depth first; a second meeting is
 * written `{seen: number}`.
 */
import { BigNumber } from 'bignumber.js'

import { DcpError } from '../errors.ts'
import { kvinDepthMax, kvinNodesMax } from '../limits.ts'
import { prepareArray } from './prepare-array.ts'
import { prepareBytes } from './prepare-bytes.ts'
import { setOwn } from './prepared.ts'
import { createRawSize, isBare } from './raw.ts'
import type { KvinLabel } from './prepared.ts'
import type { RawSize } from './raw.ts'

export interface EncodeOptions {
  /** `v9` unless told otherwise; `v8` is read by every official program but has no symbols. */
  readonly label?: KvinLabel
  /** How URLs are written: KVIN's own form, or the user type that configuration bodies have. */
  readonly urls?: 'url' | 'dcpUrl'
}

/** The state of one encoding. */
export interface Encoder {
  readonly options: EncodeOptions
  /** Numbers of the objects met so far. */
  readonly seen: Map<unknown, number>
  readonly rawSize: RawSize
  /** Where the traversal is, for messages. */
  readonly path: (string | number)[]
  /** JSON values written as raw so far. */
  rawNodes: number
  /** True once a reference was written: the text depends on its position in the document. */
  refers: boolean
  prepare(value: unknown): unknown
  /** Prepares a member and keeps the path right. */
  prepareAt(key: string | number, value: unknown): unknown
}

export function createEncoder(options: EncodeOptions): Encoder {
  const encoder: Encoder = {
    options,
    seen: new Map(),
    rawSize: createRawSize(),
    path: [],
    rawNodes: 0,
    refers: false,
    prepare: (value) => prepare(encoder, value),
    prepareAt(key, value) {
      encoder.path.push(key)
      if (encoder.path.length > kvinDepthMax) refuse(encoder, `nested over ${kvinDepthMax} deep`)
      const prepared = prepare(encoder, value)
      encoder.path.pop()
      return prepared
    },
  }
  return encoder
}

/** Throws EBADARG that names the place and the reason. */
function refuse(encoder: Encoder, reason: string): never {
  const steps = encoder.path
    .slice(0, 10)
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`))
  throw new DcpError('EBADARG', `value${steps.join('')} cannot be serialised: ${reason}`)
}

function prepare(encoder: Encoder, value: unknown): unknown {
  switch (typeof value) {
    case 'number':
      return prepareNumber(value)
    case 'string':
    case 'boolean':
      return { raw: value }
    case 'undefined':
      return { undefined: true }
    case 'bigint':
      return { bigint: value.toString() }
    case 'symbol':
      return prepareSymbol(encoder, value)
    case 'function':
      return refuse(encoder, 'it is a function')
    case 'object':
      return value === null ? { raw: null } : prepareObject(encoder, value)
    default:
      return refuse(encoder, `it is a ${typeof value}`)
  }
}

function prepareNumber(value: number): unknown {
  if (!Number.isFinite(value)) return { number: String(value) }
  return Object.is(value, -0) ? { json: '-0' } : value
}

function prepareSymbol(encoder: Encoder, value: symbol): unknown {
  if (encoder.options.label === 'v8') refuse(encoder, 'version 8 has no symbols')
  return reference(encoder, value) ?? { symbol: value.description }
}

/** The reference to an object met before; otherwise gives it the next number. */
function reference(encoder: Encoder, value: unknown): unknown {
  const index = encoder.seen.get(value)
  if (index === undefined) {
    encoder.seen.set(value, encoder.seen.size)
    return undefined
  }
  encoder.refers = true
  return { seen: index }
}

function prepareObject(encoder: Encoder, value: object): unknown {
  const size = encoder.rawSize(value, encoder.path.length)
  if (size <= kvinNodesMax) {
    encoder.rawNodes += size
    if (encoder.rawNodes > kvinNodesMax) refuse(encoder, `over ${kvinNodesMax} values in it`)
    return { raw: value }
  }
  return reference(encoder, value) ?? prepareOnce(encoder, value)
}

function prepareOnce(encoder: Encoder, value: object): unknown {
  if (Array.isArray(value)) return prepareArray(encoder, value)
  if (ArrayBuffer.isView(value)) return prepareBytes(value)
  if (BigNumber.isBigNumber(value)) return { ctr: 'BigNumber', ps: {}, arg: value.toFixed() }
  // The tag, unlike instanceof, knows the types of other realms.
  switch (Object.prototype.toString.call(value).slice(8, -1)) {
    case 'Map':
      return prepareMap(encoder, value as Map<unknown, unknown>)
    case 'Set':
      return { set: prepareArray(encoder, [...(value as Set<unknown>)]) }
    case 'Date':
      return { ctr: 19, ps: {}, arg: dateText(value as Date) }
    case 'RegExp':
      return { ctr: 10, args: [(value as RegExp).source, (value as RegExp).flags] }
    case 'Number':
      return { ctr: 11, arg: Number(value).toString() }
    case 'String':
      return { ctr: 12, arg: (value as { valueOf(): string }).valueOf() }
    case 'Boolean':
      return { ctr: 13, arg: String((value as { valueOf(): boolean }).valueOf()) }
    case 'URL':
      return {
        ctr: encoder.options.urls === 'dcpUrl' ? 'dcpUrl$$DcpURL' : 18,
        ps: {},
        arg: (value as URL).href,
      }
    case 'ArrayBuffer':
    case 'SharedArrayBuffer':
      return { ...prepareBytes(new Uint8Array(value as ArrayBuffer)), ctr: 'ArrayBuffer' }
    case 'Error':
      return prepareError(encoder, value as Error)
    case 'Promise':
      return refuse(encoder, 'it is a promise: await it first')
    case 'WeakMap':
    case 'WeakSet':
    case 'WeakRef':
    case 'Generator':
      return refuse(encoder, `it is a ${Object.prototype.toString.call(value).slice(8, -1)}`)
    default:
      // Such as DOMException, whose tag is its own.
      return value instanceof Error ? prepareError(encoder, value) : prepareMembers(encoder, value)
  }
}

/** Invalid dates have no ISO form; this text makes one again. */
function dateText(date: Date): string {
  return Number.isNaN(date.getTime()) ? 'Invalid Date' : date.toISOString()
}

function prepareMap(encoder: Encoder, map: Map<unknown, unknown>): unknown {
  const form: Record<string, unknown> = {
    mapKeys: prepareArray(encoder, [...map.keys()]),
    mapVals: prepareArray(encoder, [...map.values()]),
  }
  if (Object.keys(map).length > 0) form['ps'] = prepareProperties(encoder, map)
  return form
}

/** Plain objects, and instances of classes: those lose their class, as in a structured clone. */
function prepareMembers(encoder: Encoder, value: object): unknown {
  const { toJSON } = value as { toJSON?: unknown }
  if (typeof toJSON === 'function') {
    const json: unknown = JSON.parse(JSON.stringify(value) ?? 'null')
    return prepare(encoder, json)
  }
  return { ctr: 0, ps: prepareProperties(encoder, value) }
}

function prepareProperties(encoder: Encoder, value: object): Record<string, unknown> {
  const properties: Record<string, unknown> = {}
  for (const key of Object.keys(value)) {
    setOwn(properties, key, encoder.prepareAt(key, (value as Record<string, unknown>)[key]))
  }
  return properties
}

/** Errors keep what people look for although it is not enumerable; bare where JSON allows it. */
function prepareError(encoder: Encoder, error: Error): unknown {
  const properties: Record<string, unknown> = {}
  const keys = ['code', 'stack', 'lineNumber', 'fileName'].filter((key) =>
    Object.hasOwn(error, key),
  )
  for (const key of new Set([...keys, ...Object.keys(error)])) {
    const member: unknown = (error as unknown as Record<string, unknown>)[key]
    setOwn(properties, key, isBare(member) ? member : encoder.prepareAt(key, member))
  }
  return { ctr: 'Error', ps: properties, arg: error.message }
}
