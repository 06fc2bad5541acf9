import { describe, expect, it } from 'vitest'

import { createAddressList, isPrivateAddress } from './addresses.ts'

describe('private addresses', () => {
  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::127.0.0.1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    'fc00::1',
    'fd12:3456::1',
    'fe80::1',
    'ff02::1',
  ])('%s', (address) => expect(isPrivateAddress(address)).toBe(true))

  it.each(['8.8.8.8', '100.63.255.255', '172.32.0.1', '192.167.1.1', '2606:4700::1111'])(
    'not %s',
    (address) => expect(isPrivateAddress(address)).toBe(false),
  )
})

describe('a list of addresses', () => {
  it('holds addresses and blocks of both families', () => {
    const holds = createAddressList(['10.0.0.5', '192.168.0.0/16', 'fd00::/8'])
    expect(['10.0.0.5', '192.168.7.7', 'fd12::1'].every(holds)).toBe(true)
    expect(['10.0.0.6', '192.169.0.1', 'fe80::1'].some(holds)).toBe(false)
  })

  it('refuses what is none', () => {
    expect(() => createAddressList(['10.0.0'])).toThrow('10.0.0')
  })
})
