import { describe, expect, it } from 'vitest'

import { columnOf, splitColumn } from './column.ts'
import { serialize } from './document.ts'
import { needsVersion9 } from './needs-version-9.ts'

const self: { me?: unknown } = {}
self.me = self

describe('what only version 9 reads', () => {
  it.each([
    ['a symbol', Symbol('x')],
    ['a symbol without a description', Symbol()],
    ['one in an array', [1, [Symbol('x')]]],
    ['one in an object', { a: { b: Symbol('x') } }],
    ['one in a map', new Map([[Symbol('x'), 1]])],
    ['one as a value of a map', new Map([[1, Symbol('x')]])],
    ['one in a set', new Set([Symbol('x')])],
    ['one beside elements', Object.assign([1], { more: Symbol('x') })],
    ['one after a hole', Object.assign([], { 2: Symbol('x') })],
  ])('is %s', (_, value) => {
    expect(needsVersion9(serialize(value))).toBe(true)
    expect(splitColumn(columnOf([value])).map(needsVersion9)).toEqual([true])
  })

  it.each([
    ['an object that has the same members', { symbol: 'x' }],
    ['an empty object', {}],
    ['a text', '{"symbol":"x"}'],
    ['one among others', [{ symbol: 1 }, {}, new Date(5), new Map([[{}, {}]]), new Set([{}])]],
    ['a cycle', self],
    ['typed arrays, numbers, nothing', [new Float64Array(2), NaN, -0, 5n, null, undefined]],
  ])('is not %s', (_, value) => {
    expect(needsVersion9(serialize(value))).toBe(false)
    expect(splitColumn(columnOf([value])).map(needsVersion9)).toEqual([false])
  })
})
