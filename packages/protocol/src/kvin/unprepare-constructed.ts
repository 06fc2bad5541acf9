/** Values of the closed table of constructors: `{ctr, arg | args, ps}`. */
import { BigNumber } from 'bignumber.js'

import { quote } from '../quote.ts'
import { constructorOf } from './constructors.ts'
import { defineProperties } from './decoder.ts'
import { defineData, formatError, setOwn, isForm } from './prepared.ts'
import type { Constructor } from './constructors.ts'
import type { Decoder } from './decoder.ts'
import type { Form } from './prepared.ts'

export function unprepareConstructed(decoder: Decoder, form: Form): unknown {
  const constructor = constructorOf(form['ctr'])
  if (constructor === undefined) throw formatError(`type ${quote(form['ctr'])} is not known`)
  if (constructor.kind === 'object') return unprepareObject(decoder, form)
  if (constructor.kind === 'error') return unprepareError(decoder, form)
  const value = construct(constructor, form)
  decoder.seen.push(value)
  if (typeof value === 'object' && value !== null && constructor.kind !== 'bigNumber') {
    defineProperties(decoder, value, form)
  }
  return value
}

function construct(constructor: Constructor, form: Form): unknown {
  const arg = form['arg']
  try {
    switch (constructor.kind) {
      case 'bytes':
        return constructor.view?.(elementBytes(form))
      case 'regexp':
        return new RegExp(...regexpParts(form['args']))
      case 'number':
        return Object(Number(primitiveArg(form)))
      case 'string':
        return Object(String(primitiveArg(form)))
      case 'boolean':
        return Object(arg === true || arg === 'true')
      case 'array':
        return []
      case 'url':
        return new URL(textArg(form))
      case 'address':
        return addressText(textArg(form))
      case 'date':
        return arg === null ? new Date(Number.NaN) : new Date(primitiveArg(form))
      case 'bigNumber':
        return new BigNumber(primitiveArg(form))
      case 'object':
      case 'error':
      case 'refused':
        throw formatError(`type ${quote(form['ctr'])} is not accepted`)
    }
  } catch (cause) {
    throw formatError(`${quote(form['ctr'])} of ${quote(arg ?? form['args'])}`, cause)
  }
}

function unprepareObject(decoder: Decoder, form: Form): unknown {
  const object: Record<string, unknown> = {}
  decoder.seen.push(object)
  const properties = form['ps']
  if (properties === undefined) return object
  if (!isForm(properties)) throw formatError('"ps" must be an object')
  for (const key of Object.keys(properties)) {
    setOwn(object, key, decoder.unprepare(properties[key]))
  }
  return object
}

const errorForms = [
  'raw',
  'number',
  'bigint',
  'arr',
  'ctr',
  'json',
  'undefined',
  'seen',
  'set',
  'mapKeys',
  'ab8',
  'isl8',
]

/** An error's properties may be bare JSON, since the official encoder does not prepare them. */
function unprepareError(decoder: Decoder, form: Form): unknown {
  const error = new Error(typeof form['arg'] === 'string' ? form['arg'] : '')
  // Where it was decoded says nothing about where it happened.
  defineHidden(error, 'stack', `Error: ${error.message}`)
  decoder.seen.push(error)
  const properties = form['ps'] ?? {}
  if (!isForm(properties)) throw formatError('"ps" must be an object')
  for (const key of Object.keys(properties)) {
    const member = properties[key]
    const prepared = isForm(member) && errorForms.some((name) => Object.hasOwn(member, name))
    const value: unknown = prepared ? decoder.unprepare(member) : member
    if (key === 'stack' || key === 'name' || key === 'message') defineHidden(error, key, value)
    else defineData(error, key, value)
  }
  return error
}

/** As the engine's own properties of errors are: there, but not enumerable. */
function defineHidden(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, writable: true, configurable: true })
}

/** The form in which each element is spelled out. */
function elementBytes(form: Form): ArrayBuffer {
  const elements: unknown = form['arg'] ?? []
  if (!Array.isArray(elements) || !elements.every((element) => typeof element === 'number')) {
    throw formatError('a typed array needs an array of numbers')
  }
  const views: Readonly<Record<string, (list: readonly number[]) => { buffer: ArrayBuffer }>> = {
    1: (list) => new Int8Array(list),
    2: (list) => new Uint8Array(list),
    3: (list) => new Uint8ClampedArray(list),
    4: (list) => new Int16Array(list),
    5: (list) => new Uint16Array(list),
    6: (list) => new Int32Array(list),
    7: (list) => new Uint32Array(list),
    8: (list) => new Float32Array(list),
    9: (list) => new Float64Array(list),
  }
  const make = Object.hasOwn(views, String(form['ctr'])) ? views[String(form['ctr'])] : undefined
  if (make === undefined) throw formatError(`type ${quote(form['ctr'])} needs bytes`)
  return make(elements).buffer
}

function regexpParts(args: unknown): [string, string] {
  const [source, flags = ''] = Array.isArray(args) ? (args as readonly unknown[]) : []
  if (typeof source === 'string' && typeof flags === 'string') return [source, flags]
  throw formatError('a regular expression needs its source and flags')
}

function primitiveArg(form: Form): string | number {
  const arg = form['arg']
  if (typeof arg === 'string' || typeof arg === 'number') return arg
  throw formatError(`argument ${quote(arg)}`)
}

function textArg(form: Form): string {
  const arg = form['arg']
  if (typeof arg === 'string') return arg
  throw formatError(`argument ${quote(arg)}`)
}

/** Addresses are plain text here; who needs a checked one parses it. */
function addressText(text: string): string {
  if (/^0x[0-9a-fA-F]{40}$/.test(text)) return text
  throw formatError(`address ${quote(text)}`)
}
