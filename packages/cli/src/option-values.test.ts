import { describe, expect, it } from 'vitest'

import { parseHost, parsePublicUrl } from './option-values.ts'

describe('where a computer listens', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['127.0.0.2', '127.0.0.2'],
    ['0.0.0.0', '0.0.0.0'],
    ['0', '0.0.0.0'],
    ['::', '::'],
    ['[::]', '::'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['FD00::2', 'fd00::2'],
    ['Box.LAN', 'box.lan'],
  ])('%s is %s', (text, host) => {
    expect(parseHost(text)).toBe(host)
  })

  it.each([
    '',
    ' ',
    '*',
    'box:4280',
    '10.0.0.5:80',
    '10.0.0.300',
    'http://box',
    'box/',
    'me@box',
    'box?',
    'two words',
    'fe80::1%eth0',
    '[box]',
    '[::1]:80',
  ])('%j is refused with what is expected', (text) => {
    expect(() => parseHost(text)).toThrow(/address or a name of this machine, without a port/)
  })
})

describe('where others reach a computer', () => {
  it.each([
    ['https://dcp.example', 'https://dcp.example'],
    ['https://DCP.example:443/', 'https://dcp.example'],
    ['http://10.0.0.5:8080/', 'http://10.0.0.5:8080'],
    ['http://[fd00::2]:4280', 'http://[fd00::2]:4280'],
  ])('%s is %s', (text, origin) => {
    expect(parsePublicUrl(text)).toBe(origin)
  })

  it.each([
    '',
    'dcp.example',
    'dcp.example:4280',
    'ftp://dcp.example',
    'wss://dcp.example',
    'https://dcp.example/base',
    'https://dcp.example/?a',
    'https://dcp.example/#a',
    'https://me:secret@dcp.example/',
    'http://0.0.0.0:4280/',
    'http://[::]:4280/',
    'javascript:0',
  ])('%j is refused with what is expected', (text) => {
    expect(() => parsePublicUrl(text)).toThrow(/http or https URL .* without a path/)
  })
})
