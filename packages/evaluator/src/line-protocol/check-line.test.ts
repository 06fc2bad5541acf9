import { readdirSync, readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { checkLine } from './check-line.ts'
import { checkSize } from './check-size.ts'
import { RefusedLine } from './check-value.ts'
import { lineLimits } from './limits.ts'

function lineOf(what: unknown, label = 'v9'): string {
  return `MSG:${JSON.stringify({ type: 'workerMessage', message: { _serializeVerId: label, what } })}`
}

/** A `complete` of this prepared value, which an official worker would decode. */
function complete(result: unknown): string {
  const value = { ctr: 0, ps: { request: { raw: 'complete' }, result } }
  return lineOf({ ctr: 0, ps: { ringSource: 3, value } })
}

describe('lines of a sandbox that pass', () => {
  it.each<[string, unknown]>([
    ['a number', 1.5],
    ['a text', { raw: 'text' }],
    ['plain JSON', { raw: { a: [], b: { c: null } } }],
    ['special numbers', { arr: [{ number: 'NaN' }, { json: '-0' }, { bigint: '-12' }] }],
    ['nothing', { undefined: true }],
    ['runs and islands', { arr: [1, { lst: 3 }], isl: [{ '@': 9, arr: [1] }], len: 20 }],
    ['a long island', { arr: [], isl: [{ '@': 9, arr: { arr: [1, { raw: null }] } }], len: 20 }],
    ['an error', { ctr: 'Error', ps: { stack: 's', name: 'TypeError', code: 'E' }, arg: 'm' }],
    [
      'dates and URLs',
      {
        arr: [
          { ctr: 19, ps: {}, arg: 'x' },
          { ctr: 18, ps: {}, arg: 'y' },
        ],
      },
    ],
    ['a pattern', { ctr: 10, args: ['x', 'g'] }],
    ['bytes', { ctr: 2, ab8: 'ab' }],
    ['sparse bytes', { ctr: 'ArrayBuffer', isl8: [{ 0: 'a', '@': 3 }], len: 9 }],
    ['a map', { mapKeys: { arr: [1] }, mapVals: { arr: [{ seen: 0 }] } }],
    ['a set', { set: { arr: [1] } }],
    ['a symbol', { symbol: 'description' }],
  ])('%s', (_what, result) => {
    expect(checkLine(complete(result))).toMatchObject({ label: 'v9', request: 'complete' })
  })

  it('are known by their request, their members and whether they are the last', () => {
    const measurement = { request: 'measurement', total: 2 }
    expect(checkLine(lineOf({ raw: { ringSource: 3, value: measurement } }, 'v8'))).toMatchObject({
      label: 'v8',
      request: 'measurement',
      members: measurement,
      last: false,
    })
    expect(checkLine('DIE: Friday')).toMatchObject({ last: true })
    expect(checkLine('LOG: anything')).toMatchObject({ last: false })
    expect(checkLine('MSG:{"type":"nop","success":true}')).toBeDefined()
    expect(checkLine('debug output')).toBeUndefined()
  })

  it('are all that the official evaluators said in captured conversations, but functions', () => {
    const folder = new URL('../../../../tests/vectors/evaluator/', import.meta.url)
    const refused: string[] = []
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.jsonl'))) {
      for (const entry of readFileSync(new URL(file, folder), 'utf8').trim().split('\n')) {
        const { dir, line } = JSON.parse(entry) as { dir?: string; line?: string }
        if (dir !== '<' || line === undefined) continue
        try {
          checkLine(line)
        } catch (error) {
          refused.push((error as RefusedLine).message)
        }
      }
    }
    expect(refused).toEqual(['the constructor 15'])
  })
})

const evil = 'console.log(1)'

describe('lines of a sandbox that are refused', () => {
  it.each<[string, unknown]>([
    ['a constructor by any name', { ctr: 'process.exit', args: [1] }],
    ['a constructor by a program text', { ctr: `(${evil},Array)`, ps: {} }],
    ['a function by number', { ctr: 15, arg: evil }],
    ['a function with a name', { ctr: 15, fnName: 'f', arg: evil }],
    ['a function by name', { fnName: 'f', arg: evil }],
    ['Function by its name', { ctr: 'Function', args: [evil] }],
    ['a promise', { ctr: 17, args: [] }],
    ['a settled promise', { resolve: 1 }],
    ['a rejected promise', { reject: 1 }],
    ['arguments of a date', { ctr: 19, args: ['x'] }],
    ['an argument that is no text', { ctr: 18, arg: { toString: 1 } }],
    ['a pattern of more than texts', { ctr: 10, args: ['x', { raw: 'g' }] }],
    ['Array by number', { ctr: 14, args: [1e9] }],
    ['an unknown number', { ctr: 99 }],
    ['Set by number', { ctr: 20, args: [[1]] }],
    ['a member beside raw', { raw: 1, ctr: 15 }],
    ['a member beside arr', { arr: [], ctr: 15 }],
    ['a second form', { undefined: true, resolve: 1 }],
    ['a document inside', { _serializeVerId: 'v9', what: 1 }],
    ['a form within an array', { arr: [{ ctr: 15, arg: evil }] }],
    ['a form within an island', { arr: [], isl: [{ '@': 0, arr: [{ ctr: 15, arg: evil }] }] }],
    ['a form within a map', { mapKeys: { arr: [] }, mapVals: { arr: [{ ctr: 15 }] } }],
    ['a form within an error', { ctr: 'Error', ps: { a: { ctr: 15, arg: evil } }, arg: '' }],
    ['a form within properties of an array', { arr: [], ps: { a: { ctr: 15, arg: evil } } }],
    ['nothing at all', null],
    ['a list', [1]],
    ['a symbol that is no text', { symbol: 1 }],
    ['a huge text for a number', { number: 'evil' }],
  ])('%s', (_what, result) => {
    expect(() => checkLine(complete(result))).toThrow(RefusedLine)
  })

  it.each(['{"raw":{"__proto__":{"a":1}}}', '{"ctr":0,"ps":{"__proto__":{"raw":1}}}'])(
    'a prototype in %s',
    (result) => {
      const line = complete(0).replace('"result":0', `"result":${result}`)
      expect(() => checkLine(line)).toThrow('__proto__')
    },
  )

  it.each<[string, string]>([
    ['another type', 'MSG:{"type":"eval","code":"1"}'],
    ['no JSON', 'MSG:{"type":'],
    ['no object', 'MSG:[1]'],
    ['a serialized message', 'MSG:{"type":"workerMessage","message":"{}","serialized":true}'],
    ['a message without a label', 'MSG:{"type":"workerMessage","message":{"what":{"raw":1}}}'],
    ['another label', lineOf({ raw: { ringSource: 3, value: { request: 'progress' } } }, 'v7')],
    ['no ring', lineOf({ raw: { value: { request: 'progress' } } })],
    ['a ring that is none', lineOf({ raw: { ringSource: -1, value: { request: 'progress' } } })],
    [
      'a request of another ring',
      lineOf({ raw: { ringSource: 0, value: { request: 'complete' } } }),
    ],
    ['an unknown request', lineOf({ raw: { ringSource: 3, value: { request: 'constructor' } } })],
    ['an odd id', lineOf({ raw: { ringSource: 2, value: { request: 'evalResult::a b' } } })],
    ['a result with more members', 'MSG:{"type":"result","success":true,"payload":1}'],
  ])('%s', (_what, line) => {
    expect(() => checkLine(line)).toThrow(RefusedLine)
  })

  it('because they would take too much to read', () => {
    const { containersMax, depthMax } = lineLimits
    expect(() => checkSize('['.repeat(depthMax + 1))).toThrow('deep')
    expect(() => checkSize('[]'.repeat(containersMax + 1))).toThrow('parts')
    expect(() =>
      checkSize(`"${'['.repeat(depthMax + 1)}\\"${'['.repeat(depthMax)}\\\\"`),
    ).not.toThrow()
    expect(() => checkSize(`"unfinished ${'['.repeat(depthMax + 1)}`)).not.toThrow()
  })
})
