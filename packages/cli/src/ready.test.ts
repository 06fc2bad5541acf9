import { describe, expect, it } from 'vitest'

import { othersText, readyLine } from './ready.ts'

const keystores = { id: '/id', default: '/default' }
const url = new URL('http://127.0.0.1:4280/')
const outside = [new URL('http://10.0.0.5:4280/'), new URL('http://[fd00::2]:4280/')]

describe('the ready line', () => {
  it('names what works here, and nothing else where nobody else comes', () => {
    const line = readyLine({ url, reachableAt: [], keystores }, 7)
    expect(line).toBe(`${JSON.stringify({ url: url.href, keystores, pid: 7 })}\n`)
  })

  it('names where others reach it', () => {
    const line = readyLine({ url, reachableAt: outside, keystores }, 7)
    expect(JSON.parse(line)).toEqual({
      url: 'http://127.0.0.1:4280/',
      reachableAt: ['http://10.0.0.5:4280/', 'http://[fd00::2]:4280/'],
      keystores,
      pid: 7,
    })
  })
})

describe('what people are told of others', () => {
  it('is nothing where there are none', () => {
    expect(othersText([], false)).toBe('')
  })

  it('is where they come, what they may do, and that nothing is encrypted', () => {
    const text = othersText(outside, true)
    expect(text).toContain('at http://10.0.0.5:4280/, http://[fd00::2]:4280/,')
    expect(text).toMatch(/may deploy jobs.*signed.*nothing is encrypted.*TLS.*--public-url/s)
  })

  it('says nothing of encryption where they come through a proxy alone', () => {
    const text = othersText([new URL('https://dcp.example/')], false)
    expect(text).toContain('https://dcp.example/')
    expect(text).not.toContain('encrypted')
  })

  it('is said, too, of a machine that has no address yet', () => {
    expect(othersText([], true)).toContain('the addresses of this machine')
  })
})
