/** Typed arrays and buffers from strings of bytes or of 16-bit units, whole or in islands. */
import { quote } from '../quote.ts'
import { constructorOf } from './constructors.ts'
import { spendBytes } from './decoder.ts'
import { formatError, isForm } from './prepared.ts'
import type { Decoder } from './decoder.ts'
import type { Form } from './prepared.ts'

export function unprepareBytes(decoder: Decoder, form: Form): unknown {
  const constructor = constructorOf(form['ctr'])
  if (constructor?.view === undefined) throw formatError(`no array of bytes: ${quote(form['ctr'])}`)
  const wide = Object.hasOwn(form, 'ab16') || Object.hasOwn(form, 'isl16')
  const buffer = wide ? wideBuffer(decoder, form) : narrowBuffer(decoder, form)
  try {
    const value = constructor.view(buffer)
    decoder.seen.push(value)
    return value
  } catch (cause) {
    throw formatError(`${buffer.byteLength} bytes do not fit ${quote(form['ctr'])}`, cause)
  }
}

function narrowBuffer(decoder: Decoder, form: Form): ArrayBuffer {
  const text = form['ab8']
  if (typeof text === 'string') return bytesOf(text).buffer
  const bytes = new Uint8Array(lengthIn(decoder, form['len']))
  for (const [start, island] of islandsIn(form['isl8'])) {
    if (start + island.length > bytes.length)
      throw formatError('island beyond the end of its array')
    bytes.set(bytesOf(island), start)
  }
  return bytes.buffer
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}

/** Units of 16 bits, low byte first; `eb` is the last byte of an odd number. */
function wideBuffer(decoder: Decoder, form: Form): ArrayBuffer {
  const text = form['ab16']
  const odd = Object.hasOwn(form, 'eb')
  const length =
    typeof text === 'string' ? text.length * 2 + (odd ? 1 : 0) : lengthIn(decoder, form['len'])
  const bytes = new Uint8Array(length)
  const islands: Iterable<readonly [number, string]> =
    typeof text === 'string' ? [[0, text]] : islandsIn(form['isl16'])
  for (const [start, island] of islands) {
    if ((start + island.length) * 2 > length)
      throw formatError('island beyond the end of its array')
    for (let i = 0; i < island.length; i++) {
      const unit = island.charCodeAt(i)
      bytes[(start + i) * 2] = unit
      bytes[(start + i) * 2 + 1] = unit >>> 8
    }
  }
  if (odd) bytes[length - 1] = lastByte(form['eb'])
  return bytes.buffer
}

function lastByte(value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 255)
    return value
  if (typeof value === 'string' && value.length === 1) return value.charCodeAt(0)
  throw formatError(`last byte ${quote(value)}`)
}

function lengthIn(decoder: Decoder, length: unknown): number {
  if (typeof length !== 'number' || !Number.isSafeInteger(length) || length < 0) {
    throw formatError(`length of bytes ${quote(length)}`)
  }
  spendBytes(decoder, length)
  return length
}

function* islandsIn(islands: unknown): Iterable<readonly [start: number, text: string]> {
  if (!Array.isArray(islands)) throw formatError('islands must be an array')
  for (const island of islands as readonly unknown[]) {
    const start = isForm(island) ? island['@'] : undefined
    const text = isForm(island) ? island['0'] : undefined
    if (
      typeof text !== 'string' ||
      typeof start !== 'number' ||
      !Number.isSafeInteger(start) ||
      start < 0
    ) {
      throw formatError('an island must have "@" and "0"')
    }
    yield [start, text]
  }
}
