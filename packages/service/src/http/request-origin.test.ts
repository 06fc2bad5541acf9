import { describe, expect, it } from 'vitest'

import {
  originOf,
  ownOrigin,
  publishedOrigin,
  requestOrigin,
  signedOrigin,
} from './request-origin.ts'

const loopback = { host: '127.0.0.1', port: 4280 }
const lan = { host: '10.0.0.5', port: 4280 }
const everywhere = { host: '0.0.0.0', port: 4280 }
const known = { host: '0.0.0.0', port: 4280, publicOrigin: 'https://dcp.example/' }

describe('the origin of a request', () => {
  it.each([
    [loopback, 'localhost:4280', 'http://localhost:4280'],
    [loopback, '127.0.0.1:4280', 'http://127.0.0.1:4280'],
    [loopback, '[::1]:4280', 'http://[::1]:4280'],
    [loopback, 'LOCALHOST:9000', 'http://localhost:9000'],
    [loopback, 'localhost', 'http://localhost'],
    [loopback, 'evil.example:4280', 'http://127.0.0.1:4280'],
    [loopback, '10.0.0.1:4280', 'http://127.0.0.1:4280'],
    [loopback, undefined, 'http://127.0.0.1:4280'],
    [loopback, 'localhost:4280/x', 'http://127.0.0.1:4280'],
    [loopback, 'user@localhost', 'http://127.0.0.1:4280'],
    [loopback, 'localhost:99999', 'http://127.0.0.1:4280'],
    [loopback, '', 'http://127.0.0.1:4280'],
    [lan, '10.0.0.5:4280', 'http://10.0.0.5:4280'],
    [lan, 'localhost:4280', 'http://10.0.0.5:4280'],
    [everywhere, '10.0.0.1:4280', 'http://10.0.0.1:4280'],
    [everywhere, 'box.lan:4280', 'http://box.lan:4280'],
    [everywhere, undefined, 'http://127.0.0.1:4280'],
    [known, 'evil.example', 'https://dcp.example'],
    [known, 'localhost:4280', 'http://localhost:4280'],
    [{ host: 'box.lan', port: 80 }, 'box.lan', 'http://box.lan'],
  ])('%j, asked for as %s, is %s', (address, header, origin) => {
    expect(requestOrigin(header, address)).toBe(origin)
  })

  it('is an origin one can connect to', () => {
    expect(ownOrigin({ host: '::', port: 1 })).toBe('http://127.0.0.1:1')
    expect(originOf('::1', 1)).toBe('http://[::1]:1')
  })
})

describe('the origin in documents', () => {
  it('is the public one, by whatever name a proxy passes the request on', () => {
    expect(publishedOrigin('127.0.0.1:4280', known)).toBe('https://dcp.example')
    expect(publishedOrigin('10.0.0.1:4280', everywhere)).toBe('http://10.0.0.1:4280')
  })
})

describe('the origin that what is signed for us must name', () => {
  it.each([
    [loopback, 'localhost:4280', '127.0.0.1', 'http://localhost:4280'],
    [lan, '10.0.0.5:4280', '10.0.0.5', 'http://10.0.0.5:4280'],
    [everywhere, '10.0.0.5:4280', '10.0.0.5', 'http://10.0.0.5:4280'],
    [everywhere, 'localhost:4280', '127.0.0.1', 'http://localhost:4280'],
    [{ host: '::', port: 4280 }, '[fd00::2]:4280', 'fd00::2', 'http://[fd00::2]:4280'],
    [known, 'dcp.example', '10.0.0.5', 'https://dcp.example'],
  ])('%j, asked for as %s at %s, is %s', (address, header, local, origin) => {
    expect(signedOrigin(header, address, local)).toBe(origin)
  })

  it.each([
    ['another computer’s address', everywhere, '10.0.0.9:4280', 'http://10.0.0.5:4280'],
    ['another computer’s name', everywhere, 'evil.example', 'http://10.0.0.5:4280'],
    ['loopback, from elsewhere', everywhere, 'localhost:4280', 'http://10.0.0.5:4280'],
    ['loopback, where there is a public name', known, 'localhost:4280', 'https://dcp.example'],
  ])('is not %s', (_what, address, header, origin) => {
    expect(signedOrigin(header, address, '10.0.0.5')).toBe(origin)
  })
})
