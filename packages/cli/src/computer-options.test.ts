import { describe, expect, it } from 'vitest'

import { computerOptions, jailBeside, listensToOthers } from './computer-options.ts'
import type { UpFlags } from './program.ts'

const flags: UpFlags = {
  port: 4280,
  host: '127.0.0.1',
  data: '/data',
  logLevel: 'warn',
  json: false,
  join: [],
  global: true,
  allowOrigin: [],
  trustGroupOrigins: false,
  sandboxes: 1,
  once: false,
  sample: false,
}

describe('a computer for others', () => {
  it.each([
    ['127.0.0.1', false],
    ['127.0.0.2', false],
    ['::1', false],
    ['localhost', false],
    ['0.0.0.0', true],
    ['::', true],
    ['10.0.0.5', true],
    ['box.lan', true],
  ])('listens at %s: %j, and jails what it runs beside', (host, isOpen) => {
    expect(listensToOthers({ ...flags, host })).toBe(isOpen)
    expect(jailBeside({ ...flags, host })).toBe(isOpen ? 'required' : 'auto')
  })

  it('may be reached through a proxy alone', () => {
    const proxied = { ...flags, publicUrl: 'https://dcp.example' }
    expect(listensToOthers(proxied)).toBe(false)
    expect(jailBeside(proxied)).toBe('required')
  })

  it('does without a jail for who says so', () => {
    expect(jailBeside({ ...flags, host: '0.0.0.0', jail: 'none' })).toBe('none')
  })
})

it('is told where it listens and by which name it is known', () => {
  const options = { ...flags, publicUrl: 'https://dcp.example', dcpClient: '/client' }
  expect(computerOptions(options)).toEqual({
    dataDirectory: '/data',
    port: 4280,
    host: '127.0.0.1',
    publicOrigin: 'https://dcp.example',
    clientPackage: '/client',
  })
  expect(computerOptions(flags)).toEqual({ dataDirectory: '/data', port: 4280, host: '127.0.0.1' })
})
