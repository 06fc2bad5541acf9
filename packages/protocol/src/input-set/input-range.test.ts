import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { deserialize } from '../kvin/document.ts'
import { parsePrepared } from '../kvin/column.ts'
import { parseInputRange } from './parse-input-range.ts'
import type { InputRange } from './input-range.ts'

function elements(range: InputRange): unknown[] {
  return Array.from({ length: range.count }, (_, i) => range.elementAt(i + 1))
}

describe('ranges', () => {
  test.each<[unknown, unknown[]]>([
    [{ start: 10, end: 12 }, [10, 11, 12]],
    [{ start: 0, end: 10, step: 3 }, [0, 3, 6, 9]],
    [{ start: 0, end: 1, step: 0.1 }, [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]],
    [{ start: 3, end: 1 }, [3, 2, 1]],
    [{ start: 1, end: -1, step: -0.5 }, [1, 0.5, 0, -0.5, -1]],
    [{ start: 7, end: 7 }, [7]],
    [{ start: 7, end: 7, step: 0 }, [7]],
    [{ start: 7, end: 7, step: 2 }, [7]],
    [{ start: 10, end: 14, group: 2 }, [[10, 11], [12, 13], [14]]],
    [{ start: 0, end: 1, group: 1 }, [[0], [1]]],
    [{ start: 1, end: 2, group: 5 }, [[1, 2]]],
    [{ start: '0.1', end: '0.3', step: '0.1' }, [0.1, 0.2, 0.3]],
    [{ start: 5n, end: 7 }, [5n, 6n, 7n]],
    [{ start: 2n ** 70n, end: 2n ** 70n + 2n, step: 2n }, [2n ** 70n, 2n ** 70n + 2n]],
    [{ start: { bigint: '-1' }, end: { bigint: '-2' } }, [-1n, -2n]],
    [
      {
        sparse: [
          { start: 1, end: 2 },
          { start: 10, end: 20, step: 5 },
        ],
      },
      [1, 2, 10, 15, 20],
    ],
    [{ sparse: true, ranges: [{ start: 1, end: 1 }] }, [1]],
    [
      { ranges: [{ start: 1, end: 2 }, [7, 8]] },
      [
        [1, 7],
        [1, 8],
        [2, 7],
        [2, 8],
      ],
    ],
    [
      { ranges: [{ start: 0, end: 1 }, 'x', { start: 1, end: 3, group: 2 }] },
      [
        [0, 'x', [1, 2]],
        [0, 'x', [3]],
        [1, 'x', [1, 2]],
        [1, 'x', [3]],
      ],
    ],
    [{ ranges: [[], { start: 0, end: 5 }] }, []],
  ])('%o', (value, values) => {
    const range = parseInputRange(value)
    expect(range.count).toBe(values.length)
    expect(elements(range)).toEqual(values)
    const again = parseInputRange(JSON.parse(JSON.stringify(range.toWire())))
    expect(elements(again)).toEqual(values)
    expect(again.toWire()).toEqual(range.toWire())
    expect(values.map((_, i) => parsePrepared(range.elementText(i + 1)))).toEqual(values)
  })

  test.each<[unknown, string]>([
    [{ start: 10, end: 13, group: 2 }, '{"start":10,"end":13,"step":1,"group":2}'],
    [{ start: 0, end: 0 }, '{"start":0,"end":0,"step":0}'],
    [{ start: 10, end: 12 }, '{"start":10,"end":12,"step":1}'],
    [{ ranges: [{ start: 1, end: 2 }, [7, 8]] }, '{"ranges":[{"start":1,"end":2,"step":1},[7,8]]}'],
    [{ sparse: [{ start: 1, end: 2 }] }, '{"sparse":true,"ranges":[{"start":1,"end":2,"step":1}]}'],
    [
      { length: 3, dist: 'normalRNG', params: [1, 2] },
      '{"distributor":{},"length":3,"dist":"normalRNG","params":[1,2]}',
    ],
    [{ start: 1n, end: 2n }, '{"start":{"bigint":"1"},"end":{"bigint":"2"},"step":{"bigint":"1"}}'],
    [
      { start: '0.1234567890123456789', end: 1, step: 0.5 },
      '{"start":"0.1234567890123456789","end":1,"step":0.5}',
    ],
  ])('%o travels as %s', (value, wire) => {
    expect(JSON.stringify(parseInputRange(value).toWire())).toBe(wire)
  })

  test('of 10^15 slices and more cost nothing', () => {
    const large = parseInputRange({ start: 0, end: 1e15 - 1 })
    expect(large.count).toBe(1e15)
    expect(large.elementAt(1e15)).toBe(1e15 - 1)
    const whole = parseInputRange({ start: 1, end: Number.MAX_SAFE_INTEGER })
    expect(whole.count).toBe(Number.MAX_SAFE_INTEGER)
    expect(whole.elementAt(whole.count)).toBe(Number.MAX_SAFE_INTEGER)
    const fine = parseInputRange({ start: 0, end: 1e8, step: '0.0000001' })
    expect(fine.count).toBe(1e15 + 1)
    expect(fine.elementAt(3e14 + 4)).toBe(30_000_000.000_000_3)
    const cube = parseInputRange({ ranges: [1, 2, 3].map(() => ({ start: 1, end: 200_000 })) })
    expect(cube.count).toBe(8e15)
    expect(cube.dimensions).toEqual([200_000, 200_000, 200_000])
    expect(cube.elementAt(8e15)).toEqual([200_000, 200_000, 200_000])
    expect(cube.elementAt(200_001)).toEqual([1, 2, 1])
  })

  test.each<[unknown]>([
    [{ start: 0, end: Number.MAX_SAFE_INTEGER }],
    [{ start: 0, end: 1, step: 1e-16 }],
    [
      {
        ranges: [
          { start: 1, end: 1e8 },
          { start: 1, end: 1e8 },
        ],
      },
    ],
    [
      {
        sparse: [
          { start: 1, end: Number.MAX_SAFE_INTEGER },
          { start: 1, end: 1 },
        ],
      },
    ],
    [{ length: 2 ** 53, dist: 'identity' }],
    [{ start: 0n, end: 10n ** 30n }],
  ])('%o is too many', (value) => {
    expect(() => parseInputRange(value)).toThrow(expect.objectContaining({ code: 'ETOOMANYTASKS' }))
  })

  test.each<[unknown, RegExp]>([
    [null, /must be an object/],
    [[1], /must be an object/],
    ['x', /must be an object/],
    [{}, /"start" is missing/],
    [{ start: 1 }, /"end" is missing/],
    [{ start: 'a', end: 1 }, /"start" must be a finite number, not "a"/],
    [{ start: 0, end: Infinity }, /"end" must be a finite number, not Infinity/],
    [{ start: Number.NaN, end: 1 }, /"start" must be a finite number/],
    [{ start: '1e999', end: 1 }, /"start" must be a finite number/],
    [{ start: 0, end: 1, step: null, group: 0 }, /"group" must be an integer from 1, not 0/],
    [{ start: 0, end: 1, group: 1.5 }, /"group"/],
    [{ start: 0, end: 1e9, group: 1e9 }, /"group" must put at most/],
    [{ start: 0, end: 1, step: 0 }, /"step" must not be 0/],
    [{ start: 0, end: 10, step: -1 }, /"step" must lead from "start" to "end", not -1/],
    [{ start: 10, end: 0, step: 1 }, /"step" must lead/],
    [{ start: 0, end: 1, step: Infinity }, /"step" must be a finite number/],
    [{ start: 0, end: 1, step: {} }, /"step" must be a finite number/],
    [{ start: 0n, end: 1.5 }, /"end" must be an integer/],
    [{ start: 0n, end: 5n, step: 0.5 }, /"step" must be an integer/],
    [{ start: '1'.repeat(500), end: 1 }, /"start" must have at most 400 digits/],
    [{ ranges: [] }, /"ranges" must hold at least one/],
    [
      {
        ranges: [
          { start: 0, end: 1 },
          { start: 0, end: 1, step: 0 },
        ],
      },
      /"ranges\[1\]\.step" must not be 0/,
    ],
    [{ sparse: 5, ranges: 5 }, /"ranges" must be an array/],
    [{ sparse: [{ sparse: [] }] }, /"sparse\[0\]" must be a range/],
    [{ sparse: [5] }, /"sparse\[0\]" must be a range/],
    [{ length: 1, dist: 'evil' }, /"dist" must be one of/],
    [{ length: 1, dist: 'constructor' }, /"dist" must be one of/],
    [{ length: -1, dist: 'identity' }, /"length" must be an integer/],
    [{ length: 1, dist: 'random', params: [1] }, /"params\[1\]" is missing/],
    [{ length: 1, dist: 'random', params: [1, 'x'] }, /"params\[1\]" must be a finite number/],
    [{ length: 1, dist: 'random', params: [2, 1] }, /"params\[1\]" must not be less/],
    [{ length: 2, dist: 'random', params: [1, 2], values: [1] }, /"values" must hold as many/],
  ])('%o is refused: %s', (value, message) => {
    expect(() => parseInputRange(value)).toThrow(message)
    expect(() => parseInputRange(value)).toThrow(expect.objectContaining({ code: 'EBADARG' }))
  })

  test.each([0, -1, 1.5, 4, Number.NaN])('have no slice %d', (slice) => {
    expect(() => parseInputRange({ start: 1, end: 3 }).elementAt(slice)).toThrow(
      expect.objectContaining({ code: 'ERANGE' }),
    )
  })

  test('are sent to workers as ranges only where every worker computes the same', () => {
    const safe = (value: unknown): boolean => parseInputRange(value).safe
    expect(safe({ start: -5, end: 5, step: 2, group: 2 })).toBe(true)
    expect(safe({ ranges: [{ start: 1, end: 2 }, [1, 2]] })).toBe(true)
    expect(safe({ sparse: [{ start: 1, end: 2 }] })).toBe(true)
    expect(safe({ start: 0, end: 1, step: 0.5 })).toBe(false)
    expect(safe({ start: 0, end: 1.5 })).toBe(false)
    expect(safe({ start: 2 ** 60, end: 2 ** 60 })).toBe(false)
    expect(safe({ start: 0n, end: 1n })).toBe(false)
    expect(safe({ ranges: [{ start: 1, end: 2 }, ['a']] })).toBe(false)
    expect(safe({ length: 1, dist: 'identity' })).toBe(false)
  })

  test('give exact decimals at any position', () => {
    const decimals = fc.tuple(
      fc.integer({ min: -1e6, max: 1e6 }),
      fc.integer({ min: 1, max: 1e4 }),
      fc.integer({ min: 0, max: 8 }),
      fc.integer({ min: 0, max: 1e9 }),
    )
    fc.assert(
      fc.property(decimals, ([start, step, places, index]) => {
        const text = (n: bigint): string => `${n}e-${places}`
        const last = BigInt(start) + BigInt(step) * BigInt(index)
        const range = parseInputRange({
          start: text(BigInt(start)),
          end: text(last),
          step: text(BigInt(step)),
        })
        expect(range.count).toBe(index === 0 ? 1 : index + 1)
        expect(range.elementAt(index + 1)).toBe(Number(text(last)) + 0)
      }),
    )
  })
})

describe('distributions', () => {
  const dist = (name: string, length: number, ...params: number[]): InputRange =>
    parseInputRange({ length, dist: name, params }, { seed: 'seed' })

  test('are the same whenever asked, and others with another seed', () => {
    for (const name of ['random', 'randomInt', 'normalRNG']) {
      const once = elements(dist(name, 100, 5, 1e9))
      expect(elements(dist(name, 100, 5, 1e9))).toEqual(once)
      const other = parseInputRange(
        { length: 100, dist: name, params: [5, 1e9] },
        { seed: 'other' },
      )
      expect(elements(other)).not.toEqual(once)
      expect(new Set(once).size).toBe(100)
    }
  })

  test('do not depend on their length, and cost none', () => {
    const long = dist('random', 1e15, 0, 1)
    expect(long.elementAt(77)).toBe(dist('random', 100, 0, 1).elementAt(77))
    expect(long.elementAt(1e15)).not.toBe(long.elementAt(1e15 - 2 ** 32))
  })

  test('carry their seed where it was given', () => {
    const range = parseInputRange({ length: 3, dist: 'random', params: [0, 1], seed: 'mine' })
    const again = parseInputRange(range.toWire(), { seed: 'other' })
    expect(elements(again)).toEqual(elements(range))
  })

  test('random is spread evenly over its interval', () => {
    const values = elements(dist('random', 20_000, -1, 3)) as number[]
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-1)
    expect(Math.max(...values)).toBeLessThan(3)
    const quarters = [0, 1, 2, 3].map((q) => values.filter((v) => Math.floor(v + 1) === q).length)
    for (const count of quarters) expect(Math.abs(count - 5000)).toBeLessThan(250)
  })

  test('randomInt gives every integer but the last', () => {
    const values = elements(dist('randomInt', 2000, 1, 7))
    expect(new Set(values)).toEqual(new Set([1, 2, 3, 4, 5, 6]))
  })

  test('normalRNG has the mean and deviation asked for', () => {
    const values = elements(dist('normalRNG', 20_000, 100, 15)) as number[]
    const mean = values.reduce((a, b) => a + b) / values.length
    const deviation = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length)
    expect(Math.abs(mean - 100)).toBeLessThan(0.5)
    expect(Math.abs(deviation - 15)).toBeLessThan(0.5)
  })

  test('densities sum to one', () => {
    const sum = (range: InputRange): number =>
      (elements(range) as number[]).reduce((a, b) => a + b, 0)
    expect(sum(dist('poisson', 200, 70))).toBeCloseTo(1, 9)
    // A binomial of n trials has n + 1 outcomes; the last one is not in the set.
    expect(sum(dist('binomial', 150, 0.3)) + 0.3 ** 150).toBeCloseTo(1, 9)
    expect(elements(dist('poisson', 3, 2))).toEqual(
      [1, 2, 2].map((n) => expect.closeTo(n * Math.exp(-2), 12)),
    )
    expect(elements(dist('binomial', 2, 0.5))).toEqual(
      [0.25, 0.5].map((n) => expect.closeTo(n, 12)),
    )
    expect(elements(dist('normal', 3, 1, 1))).toEqual(
      [Math.exp(-0.5), 1, Math.exp(-0.5)].map((n) => expect.closeTo(n, 12)),
    )
    expect(dist('poisson', 1e15, 1).elementAt(1e15)).toBe(0)
  })

  test('identity counts, and stored values win', () => {
    expect(elements(dist('identity', 4))).toEqual([0, 1, 2, 3])
    const stored = parseInputRange({ length: 2, dist: 'random', params: [0, 1], values: ['a', 5] })
    expect(elements(stored)).toEqual(['a', 5])
    expect(stored.toWire()).toEqual({
      distributor: {},
      values: ['a', 5],
      length: 2,
      dist: 'random',
      params: [0, 1],
    })
  })

  test('inside a multi range are drawn apart', () => {
    const member = { length: 3, dist: 'random', params: [0, 1] }
    const pair = parseInputRange({ ranges: [member, member] }, { seed: 's' })
    expect(pair.count).toBe(9)
    const [first, second] = pair.elementAt(1) as [number, number]
    expect(first).not.toBe(second)
  })
})

test('a range decoded from KVIN is the same range', () => {
  const text = '{"_serializeVerId":"v9","what":{"raw":{"start":1,"end":3,"step":1}}}'
  expect(elements(parseInputRange(deserialize(text)))).toEqual([1, 2, 3])
})
