import { describe, expect, it } from 'vitest'

import { createPace } from './batch-size.ts'
import { limits } from '../limits.ts'

describe('the pace of a job', () => {
  it('starts with one slice', () => {
    expect(createPace().next(4096, 2)).toBe(1)
  })

  it('grows step by step to the limit for slices that take no time', () => {
    const pace = createPace()
    const sizes: number[] = []
    for (let round = 0; round < 5; round++) {
      const size = pace.next(4096, 2)
      sizes.push(size)
      pace.note(size, size * 0.01)
    }
    expect(sizes).toEqual([1, 8, 64, 512, 512])
    expect(sizes.at(-1)).toBe(limits.batchSlicesMax)
  })

  it('gives slow slices out one by one', () => {
    const pace = createPace()
    pace.note(1, 250)
    expect(pace.next(100, 2)).toBe(1)
  })

  it('fills two fifths of a second', () => {
    const pace = createPace()
    for (let round = 0; round < 30; round++) pace.note(40, 40 * 5)
    expect(pace.next(1000, 2)).toBe(80)
  })

  it('shares what is left among the sandboxes', () => {
    const pace = createPace()
    for (let round = 0; round < 5; round++) pace.note(100, 50)
    expect(pace.next(100, 4)).toBe(25)
  })

  it('shares no less than is worth its way', () => {
    const pace = createPace()
    for (let round = 0; round < 5; round++) pace.note(100, 50)
    expect(pace.next(30, 4)).toBe(20)
    expect(pace.next(7, 4)).toBe(7)
  })
})
