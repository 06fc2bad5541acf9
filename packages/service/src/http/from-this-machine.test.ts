import { describe, expect, it } from 'vitest'

import { isFromThisMachine, plainAddress } from './from-this-machine.ts'

const everywhere = { host: '0.0.0.0', port: 4280 }
const here = { local: '127.0.0.1', remote: '127.0.0.1' }
const host = '127.0.0.1:4280'

describe('a request from this machine', () => {
  it.each([
    [host, here],
    ['localhost:4280', { local: '::1', remote: '::1' }],
    ['10.0.0.5:4280', { local: '10.0.0.5', remote: '10.0.0.5' }],
  ])('asks for %s between %j', (name, ends) => {
    expect(isFromThisMachine({ host: name }, ends, everywhere)).toBe(true)
  })

  it('may ask for the name this computer is bound by', () => {
    const box = { host: 'box.lan', port: 4280 }
    const ends = { local: '10.0.0.5', remote: '10.0.0.5' }
    expect(isFromThisMachine({ host: 'box.lan:4280' }, ends, box)).toBe(true)
    expect(isFromThisMachine({ host: 'box.lan:4280' }, ends, everywhere)).toBe(false)
  })

  it('comes from no other address', () => {
    const ends = { local: '10.0.0.5', remote: '10.0.0.9' }
    for (const name of [host, '10.0.0.5:4280', '10.0.0.9']) {
      expect(isFromThisMachine({ host: name }, ends, everywhere)).toBe(false)
    }
  })

  it('is not one that a proxy passes on', () => {
    const header = { host, 'x-forwarded-for': '127.0.0.1' }
    expect(isFromThisMachine(header, here, everywhere)).toBe(false)
    expect(isFromThisMachine({ host: 'dcp.example' }, here, everywhere)).toBe(false)
    const known = { host: 'box.lan', port: 4280, publicOrigin: 'https://box.lan' }
    expect(isFromThisMachine({ host: 'box.lan' }, here, known)).toBe(false)
  })

  it('names somebody', () => {
    expect(isFromThisMachine({}, here, everywhere)).toBe(false)
  })

  it('may come by IPv4 to a socket of IPv6', () => {
    expect(plainAddress('::ffff:127.0.0.1')).toBe('127.0.0.1')
    expect(plainAddress('fd00::2')).toBe('fd00::2')
    expect(plainAddress(undefined)).toBe('')
  })
})
