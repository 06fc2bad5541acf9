import { describe, expect, it } from 'vitest'

import { createPureCrypto, parseAddress, parsePrivateKey } from './index.ts'

const crypto = createPureCrypto()
const address = '0xb1F89967c284619A890aa1C14Eb7ca9240EDf8bA'

describe('parseAddress', () => {
  it('takes a single letter case without a checksum, and gives it one', () => {
    expect(parseAddress(address.toLowerCase(), crypto)).toBe(address)
    expect(parseAddress(`0x${address.slice(2).toUpperCase()}`, crypto)).toBe(address)
    expect(parseAddress(address, crypto)).toBe(address)
  })

  it('refuses mixed case with a wrong checksum', () => {
    const wrong = address.replace('F', 'f')
    expect(() => parseAddress(wrong, crypto)).toThrow(/checksum of the address 0xb1f89967/)
  })

  it.each([
    [''],
    ['0x12'],
    [address.slice(2)],
    [`${address}0`],
    [7],
    [null],
    ['0x' + 'g'.repeat(40)],
  ])('refuses %j', (value) => {
    expect(() => parseAddress(value, crypto)).toThrow(expect.objectContaining({ code: 'EBADARG' }))
  })
})

it('refuses a private key that is not 64 digits, without repeating it', () => {
  const nearly = 'ab'.repeat(31) + 'c'
  expect(() => parsePrivateKey(nearly)).toThrow(expect.not.objectContaining({ message: nearly }))
  expect(() => parsePrivateKey(nearly)).toThrow(expect.objectContaining({ code: 'EBADARG' }))
})
