import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createCpuShare } from './cpu-share.ts'

describe('the shares of processor time', () => {
  it('follow the wall clock of the slices', () => {
    const share = createCpuShare(100)
    share.measured(140)
    expect(share.split([1, 3], 0)).toEqual([10, 30])
  })

  it('leave the slice in progress its part', () => {
    const share = createCpuShare(0)
    share.measured(40)
    expect(share.split([10], 30)).toEqual([10])
    share.measured(50)
    expect(share.split([40], 0)).toEqual([40])
  })

  it('never come to more than was measured, whatever the guest says', () => {
    const walls = fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { maxLength: 5 })
    const step = fc.tuple(fc.double({ min: 0, max: 1e4, noNaN: true }), walls, walls)
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const share = createCpuShare(0)
        let measured = 0
        let given = 0
        for (const [more, ended, [current = 0]] of steps) {
          measured += more
          share.measured(measured)
          for (const part of share.split(ended, current)) given += part
        }
        expect(given).toBeLessThanOrEqual(measured * (1 + 1e-9) + 1e-9)
      }),
    )
  })

  it('ignore a counter that goes back', () => {
    const share = createCpuShare(10)
    share.measured(5)
    expect(share.split([1], 0)).toEqual([0])
  })
})
