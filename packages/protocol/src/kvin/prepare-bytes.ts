/** Typed arrays as strings of bytes; zero-busy ones as islands between stretches of zeros. */
import { labelOf } from './constructors.ts'

/** Below the number of arguments any engine takes. */
const chunk = 8192

/** So many zeros in a row make islands worth their cost. */
const manyZeros = '\0'.repeat(8)

/** Non-zero bytes and what lies between them in stretches of at most three zeros. */
const islands = /[^\0]+(?:\0{1,3}[^\0]+)*/g

export function prepareBytes(value: ArrayBufferView): Record<string, unknown> {
  const ctr = labelOf(nameOf(value))
  const text = latin1(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))
  if (!text.includes(manyZeros)) return { ctr, ab8: text }
  const isl8 = Array.from(text.matchAll(islands), (island) => ({ 0: island[0], '@': island.index }))
  return { ctr, isl8, len: value.byteLength }
}

/** Subclasses such as Node's Buffer are written as what they extend: that exists everywhere. */
function nameOf(value: ArrayBufferView): string {
  return Object.prototype.toString.call(value).slice(8, -1)
}

function latin1(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += chunk) {
    // Spreading the bytes would be the same, and cost seven times as much.
    text += Reflect.apply(String.fromCharCode, undefined, bytes.subarray(at, at + chunk))
  }
  return text
}
