import { describe, expect, it } from 'vitest'

import { isLocal, parseListenAddress, showAddress } from './address.ts'

describe('an address to listen on', () => {
  it.each<[string, string, boolean]>([
    ['9000', '127.0.0.1:9000', true],
    ['localhost:0', '127.0.0.1:0', true],
    ['127.8.8.8:1', '127.8.8.8:1', true],
    ['[::1]:65535', '[::1]:65535', true],
    ['/run/a.sock', '/run/a.sock', true],
    ['./a.sock', './a.sock', true],
    ['0.0.0.0:9000', '0.0.0.0:9000', false],
    ['[::]:9000', '[::]:9000', false],
    ['192.168.1.2:9000', '192.168.1.2:9000', false],
    ['host.example:9000', 'host.example:9000', false],
    ['127.evil.example:9000', '127.evil.example:9000', false],
  ])('%s', (text, shown, local) => {
    const address = parseListenAddress(text)
    expect(showAddress(address)).toBe(shown)
    expect(isLocal(address)).toBe(local)
  })

  it.each(['', '70000', 'host:', 'host:http', ':9000', 'a:b:1', '::1:9000'])('not %s', (text) => {
    expect(() => parseListenAddress(text)).toThrow(/port|socket/)
  })
})
