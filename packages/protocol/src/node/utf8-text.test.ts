import { describe, expect, it } from 'vitest'

import { seededRandom } from '../index.ts'
import { utf8Text } from './utf8-text.ts'

const alphabets = {
  ascii: 'az09"\\ \n',
  bytes: String.fromCharCode(...Array.from({ length: 256 }, (_, code) => code)),
  'every plane': 'a\0é\u07ff\u0800\ufeff\uffff\u{10000}\u{1f600}\u{10ffff}',
}

describe.each(Object.entries(alphabets))('text of %s', (_name, alphabet) => {
  it.each([0, 1, 100, 4095, 4096, 5000, 100_000])('is read as it was written: %i', (length) => {
    const random = seededRandom(`utf8 ${length}`)
    const characters = Array.from(alphabet)
    const choices = random.bytes(Math.max(1, length)).subarray(0, length)
    const text = Array.from(choices, (n) => characters[n % characters.length]).join('')
    const bytes = new TextEncoder().encode(text)
    expect(utf8Text(bytes)).toBe(text)
    // A view that does not begin where its memory begins.
    const shifted = new Uint8Array(bytes.length + 3)
    shifted.set(bytes, 3)
    expect(utf8Text(shifted.subarray(3))).toBe(text)
  })
})

it('keeps a byte order mark, short or long', () => {
  for (const text of ['\ufeffx', `\ufeff${'x'.repeat(5000)}`]) {
    expect(utf8Text(new TextEncoder().encode(text))).toBe(text)
  }
})

it('refuses what is not UTF-8, short or long', () => {
  const wrong = [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xc0, 0x80]]
  for (const bytes of wrong) {
    expect(() => utf8Text(Uint8Array.from(bytes))).toThrow(TypeError)
    expect(() => utf8Text(Uint8Array.from([...Array(5000).fill(0x61), ...bytes]))).toThrow(
      TypeError,
    )
  }
})
