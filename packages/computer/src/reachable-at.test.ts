import type { NetworkInterfaceInfo } from 'node:os'

import { describe, expect, it } from 'vitest'

import { reachableAt } from './reachable-at.ts'

function at(address: string, internal = false): NetworkInterfaceInfo {
  const common = { address, internal, mac: '', netmask: '', cidr: null }
  return address.includes(':')
    ? { ...common, family: 'IPv6', scopeid: 0 }
    : { ...common, family: 'IPv4' }
}

const interfaces = {
  lo: [at('127.0.0.1', true), at('::1', true)],
  eth0: [at('10.0.0.5'), at('fd00::2'), at('fe80::1')],
  eth1: [at('169.254.3.4')],
}

describe('where others reach a computer', () => {
  it.each([
    ['127.0.0.1', []],
    ['::1', []],
    ['10.0.0.5', ['http://10.0.0.5:4280/']],
    ['box.lan', ['http://box.lan:4280/']],
    ['0.0.0.0', ['http://10.0.0.5:4280/']],
    ['::', ['http://10.0.0.5:4280/', 'http://[fd00::2]:4280/']],
  ])('that listens on %s is %j', (host, expected) => {
    const urls = reachableAt({ host, port: 4280 }, interfaces)
    expect(urls.map(({ href }) => href)).toEqual(expected)
  })

  it('is its public name, if it has one', () => {
    const listening = { host: '127.0.0.1', port: 4280, publicOrigin: 'https://dcp.example' }
    expect(reachableAt(listening, interfaces).map(({ href }) => href)).toEqual([
      'https://dcp.example/',
    ])
  })
})
