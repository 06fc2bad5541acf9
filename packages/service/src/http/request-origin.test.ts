import { describe, expect, it } from 'vitest'

import { ownOrigin, requestOrigin } from './request-origin.ts'

const loopback = { host: '127.0.0.1', port: 4280 }
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
    [everywhere, '10.0.0.1:4280', 'http://10.0.0.1:4280'],
    [everywhere, 'evil.example:4280', 'http://localhost:4280'],
    [known, 'evil.example', 'https://dcp.example'],
    [known, 'localhost:4280', 'http://localhost:4280'],
    [{ host: 'box.lan', port: 80 }, 'box.lan', 'http://box.lan'],
  ])('%j, asked for as %s, is %s', (address, header, origin) => {
    expect(requestOrigin(header, address)).toBe(origin)
  })

  it('is an origin one can connect to', () => {
    expect(ownOrigin({ host: '::', port: 1 })).toBe('http://localhost:1')
    expect(ownOrigin({ host: '::1', port: 1 })).toBe('http://[::1]:1')
  })
})
