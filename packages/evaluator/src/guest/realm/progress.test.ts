import { describe, expect, it } from 'vitest'

import { createProgressMeter } from './progress.ts'

type Meter = ReturnType<typeof createProgressMeter>

/** The fraction to show; undefined when it is not known. */
function shownBy(meter: Meter, value: unknown): number | undefined {
  const { indeterminate, percent } = meter.read(value, () => undefined)
  return indeterminate ? undefined : percent / 100
}

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
    expect(shownBy(createProgressMeter(), value)).toBe(shown)
  })

  it('keep the last value when a call has none', () => {
    const meter = createProgressMeter()
    meter.read(0.5, () => undefined)
    expect(shownBy(meter, undefined)).toBe(0.5)
  })

  it('are unknown when they go back', () => {
    const meter = createProgressMeter()
    meter.read(0.5, () => undefined)
    expect(shownBy(meter, 0.4)).toBeUndefined()
    expect(shownBy(meter, 0.6)).toBe(0.6)
  })

  it('say so when they are out of range, and count as reported', () => {
    const meter = createProgressMeter()
    const told: number[][] = []
    const tell = (percent: number, last: number) => told.push([percent, last])
    meter.read('10%', tell)
    meter.read('150%', tell)
    expect(told).toEqual([[150, 10]])
    expect(shownBy(meter, 0.5)).toBeUndefined()
  })
})
