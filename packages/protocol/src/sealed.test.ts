import { readFileSync } from 'node:fs'

import { describe, expect, test } from 'vitest'

import { parseSealed, sealText } from './sealed.ts'
import type { Address } from './ids.ts'
import type { Signer } from './ports.ts'

const half = Array.from({ length: 32 }, (_, i) => i)
const signer: Signer = {
  address: '0x1563915e194D8CfBA1943570603F7606A3115508' as Address,
  sign: () => ({ r: half, s: half, v: 27 }),
}
const buffer = JSON.stringify({
  r: { type: 'Buffer', data: half },
  s: { type: 'Buffer', data: half },
  v: 28,
})

interface Capture {
  readonly text?: string
  readonly body?: unknown
  readonly owner?: string
}

describe('sealed texts', () => {
  test('come back as they were sealed', () => {
    const body = { id: '1', text: 'a "body": inside', nested: { body: [1] } }
    const sealed = parseSealed(sealText(signer, JSON.stringify(body)))
    expect(sealed.owner).toBe(signer.address)
    expect(sealed.bodyText).toBe(JSON.stringify(body))
    expect(sealed.body).toEqual(body)
    expect(sealed.signature).toEqual({ r: half, s: half, v: 27 })
  })

  test('keep the body text exactly as received', () => {
    const bodyText = '{"n":1.0,"é":"\\u00e9"}'
    const sealed = parseSealed(`{"owner":"0x1","signature":${buffer},"body":${bodyText}}`)
    expect(sealed.bodyText).toBe(bodyText)
  })

  test('with another layout are written anew', () => {
    const sealed = parseSealed(`{"body":{"n": 1.0},"owner":"0x1","signature":${buffer}}`)
    expect(sealed.bodyText).toBe('{"n":1}')
    const spaced = parseSealed(`{"owner":"0x1", "signature":${buffer} , "body": [1, 2] }`)
    expect(spaced.bodyText).toBe('[1,2]')
  })

  test('never mix two readings of one text', () => {
    const twice = parseSealed(`{"owner":"0x1","signature":${buffer},"body":{"a":1},"body":{"a":2}}`)
    expect(JSON.parse(twice.bodyText)).toEqual(twice.body)
    const inside = parseSealed(
      `{"owner":"0x1","x":{"body":{"a":1}},"signature":${buffer},"body":{"a":2}}`,
    )
    expect(inside.body).toEqual({ a: 2 })
  })

  test.each([
    ['', /JSON/],
    ['null', /must have/],
    ['[]', /must have/],
    [`{"signature":${buffer},"body":1}`, /owner/],
    [`{"owner":1,"signature":${buffer},"body":1}`, /owner/],
    ['{"owner":"0x1","body":1}', /signature/],
    ['{"owner":"0x1","signature":{"r":[],"s":[],"v":27},"body":1}', /signature.r/],
    [`{"owner":"0x1","signature":${buffer.replace('"v":28', '"v":29')},"body":1}`, /signature.v/],
    [`{"owner":"0x1","signature":${buffer.replace('[0,', '[256,')},"body":1}`, /signature.r/],
    [`{"owner":"0x1","signature":${buffer}}`, /must have/],
    [`{"body":${'['.repeat(1e5)}${']'.repeat(1e5)},"owner":"0x1"}`, /too deep/],
  ])('refuse %#', (text, message) => {
    expect(() => parseSealed(text)).toThrow(message)
  })

  test.each([
    'client-5.6.1-basic-session',
    'client-4.4.29-basic-session',
    'client-5.6.1-compute-exec',
  ])('of %s are read by their raw text', (name) => {
    const path = new URL(`../../../tests/vectors/wire/${name}.json`, import.meta.url)
    const texts = capturesIn(JSON.parse(readFileSync(path, 'utf8')))
    expect(texts.length).toBeGreaterThan(10)
    for (const { text = '', body, owner } of texts) {
      const sealed = parseSealed(text)
      expect(text.endsWith(`"body":${sealed.bodyText}}`)).toBe(true)
      expect(sealed.bodyText).toBe(JSON.stringify(sealed.body))
      expect(sealed.body).toEqual(body ?? sealed.body)
      expect(sealed.owner).toBe(owner ?? sealed.owner)
    }
  })
})

/** Every sealed text of a capture, wherever it lies. */
function capturesIn(value: unknown): Capture[] {
  if (typeof value !== 'object' || value === null) return []
  const found = Object.values(value).flatMap(capturesIn)
  if ('text' in value && typeof value.text === 'string' && value.text.startsWith('{"owner"')) {
    found.push(value as Capture)
  }
  return found
}
