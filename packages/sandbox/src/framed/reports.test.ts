import { describe, expect, it } from 'vitest'

import { FrameError } from './frames.ts'
import { parseConsole, parseEmit, parseFlush, parseProgress, parseRefusal } from './reports.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('what a sandbox says', () => {
  it('is read field by field', () => {
    const text =
      '{"at":[4,1.5],"results":[[2,0.25,1,{"raw":null}],[3,1,0,0,{"name":"E","message":"m"}]]}'
    expect(parseFlush(bytes(text))).toEqual({
      at: { slice: 4, ms: 1.5 },
      results: [
        { slice: 2, wallMs: 0.25, progressed: true, value: '{"raw":null}' },
        { slice: 3, wallMs: 1, progressed: false, error: { name: 'E', message: 'm' } },
      ],
    })
  })

  it('keeps values as text, hostile keys and all', () => {
    const text = '{"at":null,"results":[[1,0,1,{"__proto__":{"raw":1},"constructor":2}]]}'
    expect(parseFlush(bytes(text)).results[0]?.value).toBe(
      '{"__proto__":{"raw":1},"constructor":2}',
    )
  })

  it.each([
    'not json',
    '7',
    'null',
    '{}',
    '{"at":null,"results":{}}',
    '{"at":null,"results":[7]}',
    '{"at":null,"results":[[]]}',
    '{"at":null,"results":[[-1,0,1,1]]}',
    '{"at":null,"results":[[1.5,0,1,1]]}',
    '{"at":null,"results":[["1",0,1,1]]}',
    '{"at":null,"results":[[1,-1,1,1]]}',
    '{"at":null,"results":[[1,0,1]]}',
    '{"at":[],"results":[]}',
    '{"at":[1,"soon"],"results":[]}',
    '{"results":[]}',
  ])('is refused when it is %s', (text) => {
    expect(() => parseFlush(bytes(text))).toThrow(FrameError)
  })

  it('is refused when it is not UTF-8', () => {
    expect(() => parseFlush(Uint8Array.of(0x7b, 0xff, 0x7d))).toThrow(FrameError)
  })

  it('is refused when a value is nested too deep to be written again', () => {
    const depth = 200_000
    const deep = `${'['.repeat(depth)}${']'.repeat(depth)}`
    expect(() => parseFlush(bytes(`{"at":null,"results":[[1,0,1,${deep}]]}`))).toThrow(FrameError)
  })

  it('has its texts cut and its kinds checked', () => {
    const long = 'x'.repeat(100_000)
    const error = parseRefusal(
      bytes(JSON.stringify({ name: 5, message: long, code: {}, stack: 1 })),
    )
    expect(error).toEqual({ name: 'Error', message: long.slice(0, 32_768) })
    const emitted = parseEmit(bytes(JSON.stringify({ slice: 1, event: long, data: 1 })))
    expect(emitted.event.length).toBe(256)
  })

  it('knows five console levels', () => {
    const good = { slice: 1, level: 'warn', same: 0, message: ['a'] }
    expect(parseConsole(bytes(JSON.stringify(good)))).toEqual({ ...good, message: ['"a"'] })
    const bad = { ...good, level: 'trace' }
    expect(() => parseConsole(bytes(JSON.stringify(bad)))).toThrow(FrameError)
  })

  it('shows a fraction only between nothing and all', () => {
    const fractions = [0, 0.5, 1, -1, 2, '0.5', null].map(
      (fraction) => parseProgress(bytes(JSON.stringify({ slice: 1, fraction }))).fraction,
    )
    expect(fractions).toEqual([0, 0.5, 1, undefined, undefined, undefined, undefined])
  })
})
