// What the benchmarks make of their measurements.
import { describe, expect, it } from 'vitest'

import { parseOptions } from '../../bench/options.ts'
import { countWrong, work } from '../../bench/peers/work.mjs'
import { figure, ratio, sectionMarkdown, spread } from '../../bench/section.ts'
import { median, percentile, shuffled } from '../../bench/statistics.ts'

const nothing = (): Promise<never> => Promise.reject(new Error('not run'))
const known = [
  { id: 'N1', run: nothing },
  { id: 'C1', run: nothing },
]

describe('statistics', () => {
  it('take the middle, whatever the order', () => {
    expect(median([3, 1, 2])).toBe(2)
    expect(median([4, 1, 3, 2])).toBe(2.5)
    expect(median([])).toBeNaN()
  })

  it('find the value below which a share lies', () => {
    const values = Array.from({ length: 101 }, (_, index) => index)
    expect(percentile(values, 0.5)).toBe(50)
    expect(percentile(values, 0.99)).toBe(99)
    expect(percentile([7], 0.99)).toBe(7)
  })

  it('shuffle without losing anything', () => {
    expect(new Set(shuffled([1, 2, 3, 4]))).toEqual(new Set([1, 2, 3, 4]))
  })
})

describe('the report', () => {
  it('writes three digits that say something', () => {
    expect(figure(12_345.6)).toBe('12,346')
    expect(figure(12.345)).toBe('12.3')
    expect(figure(0.01234)).toBe('0.012')
    expect(figure(Number.NaN)).toBe('-')
    expect(spread([3, 1, 2])).toBe('2 [1-3]')
    expect(spread([])).toBe('-')
    expect(ratio(3, 2)).toBe('1.5 ×')
    expect(ratio(3, 0)).toBe('-')
  })

  it('makes a table of a section', () => {
    const section = { id: 'N1', title: 'nothing', intro: 'Done.', notes: ['A note.'], raw: {} }
    const text = sectionMarkdown({ ...section, head: ['a', 'b'], rows: [['x', '1']] })
    expect(text.split('\n')).toEqual([
      '## N1: nothing',
      '',
      'Done.',
      '',
      '| a   |   b |',
      '| --- | --: |',
      '| x   |   1 |',
      '',
      'A note.',
    ])
  })
})

describe('the options', () => {
  it('choose cases and runs', () => {
    expect(parseOptions(['--case', 'c1', '--runs', '7'], known)).toMatchObject({
      cases: [known[1]],
      runs: 7,
      short: false,
    })
    expect(parseOptions(['--short'], known)).toMatchObject({ cases: known, runs: 1, short: true })
  })

  it('refuse what is not known', () => {
    expect(() => parseOptions(['--case', 'X9'], known)).toThrow('--case X9: one of N1, C1')
    expect(() => parseOptions(['--runs', '0'], known)).toThrow('--runs 0')
  })
})

describe('the check of what was delivered', () => {
  const order = { work: 'increment', count: 3, size: 0 } as const

  it('counts wrong, missing and surplus results', () => {
    expect(countWrong(order, [2, 3, 4])).toBe(0)
    expect(countWrong(order, [2, 3, 5])).toBe(1)
    expect(countWrong(order, [2])).toBe(2)
    expect(countWrong(order, [2, 3, 4, 5])).toBe(1)
  })

  it('looks at every byte', () => {
    const bytes = { work: 'bytes', count: 1, size: 100 } as const
    const right = work.bytes(1, 100)
    expect(countWrong(bytes, [right])).toBe(0)
    expect(countWrong(bytes, [Uint8Array.from(right).fill(0, 99)])).toBe(1)
  })
})
