import { expect, test } from 'vitest'

import { encodeSliceSet } from '../slice-set.ts'
import { parseSliceRange } from './slice-range.ts'

function nested(depth: number): unknown {
  return depth === 0 ? 1 : { sparse: [nested(depth - 1)] }
}

test.each<[unknown, string]>([
  [nested(16), '1'],
  [undefined, '1-100'],
  [7, '7'],
  [101, ''],
  [[3, 1, 2, 200, 0, -4], '1-3'],
  [{ start: 5, end: 9 }, '5-9'],
  [{ start: 9, end: 5 }, '5-9'],
  [{ start: 5, end: 5, step: 0 }, '5'],
  [{ start: 0, end: 1e15, step: 1 }, '1-100'],
  [{ start: 90, end: 1e15, step: 4, group: 2 }, '90,94,98'],
  [{ start: -1, end: 10, step: 3 }, '2,5,8'],
  [{ start: 10, end: 1, step: -4 }, '2,6,10'],
  [{ start: 200, end: 300 }, ''],
  [
    {
      sparse: true,
      ranges: [
        { start: 1, end: 2 },
        { start: 2, end: 4 },
      ],
    },
    '1-4',
  ],
  [
    {
      sparse: [
        { start: 1, end: 1 },
        { start: 9, end: 9 },
      ],
    },
    '1,9',
  ],
  [{ ranges: [{ start: 1, end: 2 }, [50]] }, '1-2,50'],
  [
    {
      sparse: [{ start: 1, end: 3 }, { sparse: [{ start: 7, end: 8 }, { ranges: [[50], 60] }] }, 5],
    },
    '1-3,5,7-8,50,60',
  ],
  [{ sparse: [] }, ''],
  ['[object RangeObject 1,5,2,undefined]', '1,3,5'],
])('%o of 100 slices are %s', (range, slices) => {
  expect(encodeSliceSet(parseSliceRange(range, 100))).toBe(slices)
})

test.each([
  true,
  'all',
  ['1'],
  [1.5],
  1.5,
  {},
  { start: 1 },
  { start: 1, end: Infinity },
  { start: 1, end: 5, step: 0 },
  { ranges: [{ ranges: [null] }] },
  nested(17),
  { ranges: [null] },
])('%o is refused', (range) => {
  expect(() => parseSliceRange(range, 100)).toThrow(expect.objectContaining({ code: 'EBADARG' }))
})

test('a wide range with gaps over a huge job is refused rather than listed', () => {
  expect(() => parseSliceRange({ start: 1, end: 1e15, step: 2 }, 1e15)).toThrow(/runs/)
})

test('many ranges are read in little time, and too many refused', () => {
  const ranges = Array.from({ length: 100_000 }, (_, n) => ({ start: 2 * n + 1, end: 2 * n + 1 }))
  expect(parseSliceRange({ sparse: ranges }, 1e6)).toHaveLength(100_000)
  const halves = { sparse: [{ sparse: ranges }, { sparse: [1, 2] }] }
  expect(() => parseSliceRange(halves, 1e6)).toThrow(/ranges/)
})
