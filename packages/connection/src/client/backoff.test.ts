import { expect, test } from 'vitest'

import type { Random } from '@manyhands/protocol'

import { backoffMs } from './backoff.ts'

const at = (float: number): Random => ({ float: () => float }) as Random

test('attempts come further and further apart, up to half a minute', () => {
  const delays = [0, 1, 2, 3, 4, 5, 6, 7, 1000].map((k) => backoffMs(k, 7_200_000, at(1)))
  expect(delays).toEqual([0, 500, 1500, 3500, 7500, 15_500, 30_000, 30_000, 30_000])
})

test('up to a quarter of the wait is left to chance', () => {
  expect(backoffMs(2, 7_200_000, at(0))).toBe(1125)
})

test('a second attempt always fits into the time', () => {
  expect(backoffMs(9, 10_000, at(1))).toBe(4000)
  expect(backoffMs(9, 1000, at(1))).toBe(0)
})
