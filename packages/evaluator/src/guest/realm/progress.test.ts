import { describe, expect, it } from 'vitest'

import { createProgressMeter } from './progress.ts'

describe('progress values', () => {
  it.each<[string, unknown, number | undefined]>([
    ['nothing', undefined, undefined],
    ['a fraction', 0.5, 0.5],
    ['a percentage', '25%', 0.25],
    ['the text of a fraction', ' 0.75 ', 0.75],
    ['no number', 'half', undefined],
    ['an object', {}, undefined],
    ['less than nothing', -0.1, undefined],
    ['more than all', 1.5, undefined],
    ['all', 1, 1],
  ])('of %s', (_what, value, shown) => {
    expect(createProgressMeter().read(value, () => undefined)).toBe(shown)
  })

  it('keep the last value when a call has none', () => {
    const meter = createProgressMeter()
    meter.read(0.5, () => undefined)
    expect(meter.read(undefined, () => undefined)).toBe(0.5)
  })

  it('are unknown when they go back', () => {
    const meter = createProgressMeter()
    meter.read(0.5, () => undefined)
    expect(meter.read(0.4, () => undefined)).toBeUndefined()
    expect(meter.read(0.6, () => undefined)).toBe(0.6)
  })

  it('say so when they are out of range, and count as reported', () => {
    const meter = createProgressMeter()
    const told: number[] = []
    meter.read('150%', (percent) => told.push(percent))
    expect(told).toEqual([150])
    expect(meter.read(0.5, () => undefined)).toBeUndefined()
  })
})
