import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { isDcpError } from './errors.ts'
import {
  encodeSliceSet,
  firstSlices,
  hasSlice,
  intersectSliceSet,
  parseSliceSet,
  sliceCount,
  sliceSetOf,
  slicesIn,
  subtractSliceSet,
  unionSliceSet,
} from './slice-set.ts'

const numbers = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 40 })
const ascending = (list: Iterable<number>): number[] => [...new Set(list)].toSorted((a, b) => a - b)

describe('slice sets', () => {
  test('are written as ascending runs', () => {
    expect(encodeSliceSet(sliceSetOf([730, 3, 1, 2, 2]))).toBe('1-3,730')
    expect(encodeSliceSet([])).toBe('')
    expect(parseSliceSet('1-500,730')).toEqual([
      [1, 500],
      [730, 730],
    ])
    expect(parseSliceSet('')).toEqual([])
  })

  test('join neighbouring runs, so that equal sets are equal', () => {
    expect(parseSliceSet('1,2,3-4,6')).toEqual([
      [1, 4],
      [6, 6],
    ])
  })

  test('of 10^15 slices cost one run', () => {
    const all = parseSliceSet('1-1000000000000000')
    expect(sliceCount(all)).toBe(1e15)
    expect(encodeSliceSet(subtractSliceSet(all, [[5, 5]]))).toBe('1-4,6-1000000000000000')
    expect(firstSlices(all, 3)).toEqual([[1, 3]])
  })

  test.each([
    '0',
    '01',
    '1-',
    '-1',
    '2-1',
    '1,1',
    '3,2',
    '1-3,2',
    '1,,2',
    '1,',
    ' 1',
    '1.5',
    'x',
    '1e3',
    '9007199254740992',
  ])('refuse %j', (text) => {
    expect(() => parseSliceSet(text)).toThrow(/slices must be/)
  })

  test.each([0, -1, 1.5, Number.NaN, 2 ** 53])('refuse the slice number %d', (n) => {
    let code: unknown
    try {
      sliceSetOf([n])
    } catch (error) {
      code = isDcpError(error) ? error.code : error
    }
    expect(code).toBe('EBADARG')
  })

  test('survive their text', () => {
    fc.assert(
      fc.property(numbers, (list) => {
        const set = sliceSetOf(list)
        expect(parseSliceSet(encodeSliceSet(set))).toEqual(set)
        expect([...slicesIn(set)]).toEqual(ascending(list))
        expect(sliceCount(set)).toBe(new Set(list).size)
      }),
    )
  })

  test('behave as sets', () => {
    fc.assert(
      fc.property(numbers, numbers, fc.integer({ min: 0, max: 50 }), (left, right, count) => {
        const a = sliceSetOf(left)
        const b = sliceSetOf(right)
        const inB = new Set(right)
        expect(unionSliceSet(a, b)).toEqual(sliceSetOf([...left, ...right]))
        expect(subtractSliceSet(a, b)).toEqual(sliceSetOf(left.filter((n) => !inB.has(n))))
        expect(intersectSliceSet(a, b)).toEqual(sliceSetOf(left.filter((n) => inB.has(n))))
        expect(firstSlices(a, count)).toEqual(sliceSetOf(ascending(left).slice(0, count)))
        for (let n = 1; n <= 60; n++) expect(hasSlice(b, n)).toBe(inB.has(n))
      }),
    )
  })
})
