import { expect, it } from 'vitest'

import { createTraffic } from './traffic.ts'

it('shares an order among its slices by the length of their inputs, to the byte', () => {
  const traffic = createTraffic()
  traffic.ordered([1, 2, 3], [10, 100, 1000], 1200)
  const parts = [1, 2, 3].map((slice) => traffic.take(slice).bytesIn)
  expect(parts.reduce((sum, part) => sum + part, 0)).toBe(1200)
  expect(parts[2]).toBeGreaterThan(900)
  expect(parts[0]).toBeLessThan(20)
})

it('counts what came out for a slice besides its result', () => {
  const traffic = createTraffic()
  traffic.cameOut(7, 30)
  traffic.flushed([7], [5], 50)
  traffic.wentIn(7, 2)
  expect(traffic.take(7)).toEqual({ bytesIn: 2, bytesOut: 80 })
  expect(traffic.take(7)).toEqual({ bytesIn: 0, bytesOut: 0 })
})

it('loses nothing of a flush whose results are empty', () => {
  const traffic = createTraffic()
  traffic.flushed([1, 2, 3], [0, 0, 0], 100)
  const parts = [1, 2, 3].map((slice) => traffic.take(slice).bytesOut)
  expect(parts.reduce((sum, part) => sum + part, 0)).toBe(100)
})
