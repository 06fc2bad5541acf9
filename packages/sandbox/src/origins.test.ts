import { describe, expect, it } from 'vitest'

import { createOriginPolicy } from './origins.ts'

const of = (text: string): URL => new URL(text)

describe('the allowed origins', () => {
  const policy = createOriginPolicy(['https://Data.Example:443/', 'http://h:81/answer.js?v=1'])

  it.each<[string, boolean]>([
    ['https://data.example/', true],
    ['https://data.example/any/path?q', true],
    ['https://DATA.EXAMPLE./', false],
    ['http://data.example/', false],
    ['https://data.example:444/', false],
    ['https://evil.data.example/', false],
    ['https://data.example.evil/', false],
    ['https://data.example@evil.example/', false],
    ['https://user:secret@data.example/', false],
    ['http://h:81/answer.js?v=1', true],
    ['http://h:81/answer.js', false],
    ['http://h:81/other', false],
  ])('meet %s: %s', (url, allowed) => {
    expect(policy.allows(of(url), 'workerFetch')).toBe(allowed)
  })

  it('hold for their purpose', () => {
    const { allows } = createOriginPolicy({
      any: ['https://all.example'],
      fetchWorkFunctions: ['https://code.example'],
      workerFetch: ['https://data.example'],
    })
    expect(allows(of('https://all.example/'), 'workerFetch')).toBe(true)
    expect(allows(of('https://data.example/'), 'workerFetch')).toBe(true)
    expect(allows(of('https://code.example/'), 'workerFetch')).toBe(false)
    expect(allows(of('https://code.example/'), 'fetchWorkFunctions')).toBe(true)
  })

  it('may be joined by address blocks', () => {
    const { allows, blocks } = createOriginPolicy(['10.0.0.0/8', 'fd00::/8', 'https://a.example'])
    expect(blocks('workerFetch')).toEqual(['10.0.0.0/8', 'fd00::/8'])
    expect(allows(of('http://10.0.0.1/'), 'workerFetch')).toBe(false)
  })

  it.each(['nonsense', 'ftp://a.example/', 'file:///etc'])('refuse %s with its name', (entry) => {
    expect(() => createOriginPolicy([entry])).toThrow(entry)
  })

  it('refuse a purpose that there is not', () => {
    expect(() => createOriginPolicy({ everything: ['https://a.example'] } as never)).toThrow(
      /everything is no purpose/,
    )
  })
})
