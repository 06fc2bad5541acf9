import { describe, expect, it } from 'vitest'
import { addTiming, meanOf, taskSize } from './sizing.ts'

describe('the size of a task', () => {
  const usual = { targetMs: 500, meanMs: 10, remaining: 100_000, sharers: 4 }
  const cases = [
    ['fills the target time', usual, 50],
    ['is one before anything was measured', { ...usual, meanMs: undefined }, 1],
    ['is at least one, however slow a slice', { ...usual, meanMs: 60_000 }, 1],
    ['leaves the tail to all workers', { ...usual, remaining: 40 }, 5],
    ['is worth its way, however little is left', { ...usual, meanMs: 1, remaining: 80 }, 50],
    ['is the last slice', { ...usual, remaining: 1 }, 1],
    ['has a limit, however quick a slice', { ...usual, meanMs: 0 }, 4096],
    ['is as large for the largest of jobs', { ...usual, remaining: 2 ** 53 - 1 }, 50],
    ['is all that is left for a worker that is alone', { ...usual, remaining: 40, sharers: 1 }, 40],
    ['is the same for one nobody has counted yet', { ...usual, remaining: 40, sharers: 0 }, 40],
  ] as const
  it.each(cases)('%s', (_, input, size) => {
    expect(taskSize(input)).toBe(size)
  })
})

describe('the mean time of a slice', () => {
  it('is unknown at first', () => {
    expect(meanOf({ ms: 0, slices: 0 })).toBeUndefined()
  })

  it('follows a change within a few chunks', () => {
    let timing = { ms: 0, slices: 0 }
    for (let chunk = 0; chunk < 20; chunk++) timing = addTiming(timing, 100, 10)
    expect(meanOf(timing)).toBeCloseTo(10)
    for (let chunk = 0; chunk < 10; chunk++) timing = addTiming(timing, 1_000, 10)
    expect(meanOf(timing)).toBeGreaterThan(95)
  })
})
