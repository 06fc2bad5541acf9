import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import {
  columnOf,
  columnValues,
  joinColumn,
  parsePrepared,
  prepareText,
  splitColumn,
} from './column.ts'
import { preparedOfSerialized } from '../values.ts'
import { marshal } from './document.ts'

const cycle: unknown[] = [1]
cycle.push(cycle)
const shared = [1, 2]

const mixed: readonly unknown[] = [
  10,
  'é#',
  { a: [1, 2] },
  true,
  null,
  undefined,
  -0,
  Number.NaN,
  5n,
  new Date(0),
  [],
  [[1]],
  new Map([['k', new Set([1])]]),
  new Uint8Array([1, 2, 3]),
  '{"seen":0}',
  { seen: 0, lst: 3 },
  { p: shared, q: shared },
  { deep: cycle },
]

describe('prepared texts', () => {
  test.each<[unknown, string]>([
    [1.5, '1.5'],
    ['é', '"é"'],
    [true, 'true'],
    [null, '{"raw":null}'],
    [undefined, '{"undefined":true}'],
    [-0, '{"json":"-0"}'],
    [{ a: 1 }, '{"raw":{"a":1}}'],
    [[1, 1], '{"arr":[1,{"lst":1}]}'],
    [cycle, '{"_serializeVerId":"v8","what":{"arr":[1,{"seen":0}]}}'],
  ])('of %j', (value, text) => {
    expect(prepareText(value)).toBe(text)
    expect(parsePrepared(text)).toStrictEqual(value)
  })
})

describe('columns', () => {
  test('keep every value, whoever wrote them', () => {
    const bySplitting = splitColumn(marshal(mixed))
    expect(bySplitting).toHaveLength(mixed.length)
    expect(bySplitting.map(parsePrepared)).toStrictEqual(mixed)
    expect(columnValues(joinColumn(bySplitting))).toStrictEqual(mixed)
    expect(columnValues(columnOf(mixed))).toStrictEqual(mixed)
    expect(splitColumn(columnOf(mixed))).toEqual(mixed.map(prepareText))
  })

  test('count runs one by one', () => {
    expect(splitColumn(marshal([5, 5, 5]))).toEqual(['5', '5', '5'])
    expect(splitColumn(marshal([[1], [1]]))).toEqual(['{"arr":[1]}', '{"arr":[1]}'])
  })

  test('resolve references to other elements', () => {
    const texts = splitColumn(marshal([shared, { again: shared }, shared]))
    expect(texts.map(parsePrepared)).toEqual([shared, { again: shared }, shared])
    expect(texts.join()).not.toContain('"seen"')
  })

  test('accept plain arrays', () => {
    expect(
      splitColumn({ _serializeVerId: 'v9', what: { raw: [1, 'a', null, { b: 2 }, [3]] } }),
    ).toEqual(['1', '"a"', '{"raw":null}', '{"raw":{"b":2}}', '{"raw":[3]}'])
    expect(splitColumn(marshal([]))).toEqual([])
  })

  test('take the elements of the worked example apart as they are', () => {
    const what = { arr: [10, 'é#', { ctr: 0, ps: { a: { arr: [1, 2] } } }] }
    expect(splitColumn({ _serializeVerId: 'v9', what })).toEqual([
      '10',
      '"é#"',
      '{"ctr":0,"ps":{"a":{"arr":[1,2]}}}',
    ])
  })

  test.each<[string, unknown]>([
    ['what is no array', 5],
    ['raw values that are no array', { raw: {} }],
    ['elements that are not prepared', { arr: [null] }],
    ['bare arrays as elements', { arr: [[1]] }],
    ['runs of nothing', { arr: [{ lst: 1 }] }],
    ['runs without end', { arr: [1, { lst: 1e9 }] }],
    ['deep elements', { arr: [JSON.parse(`${'{"arr":['.repeat(1e5)}${']}'.repeat(1e5)}`)] }],
    ['deep plain elements', { raw: [JSON.parse(`${'['.repeat(1e5)}${']'.repeat(1e5)}`)] }],
    ['references to nothing', { arr: [{ ctr: 0, ps: { a: { seen: 7 } } }] }],
  ])('refuse %s', (_, what) => {
    expect(() => splitColumn({ _serializeVerId: 'v9', what })).toThrow(
      expect.objectContaining({ code: 'EFORMAT' }),
    )
  })

  test('never let one element stand for its neighbours', () => {
    // Both are legal inside an array; as values of their own they would shift or copy the others.
    const run = { string: '{"_serializeVerId":"v9","what":{"lst":2}}', method: 'kvin' }
    expect(() => preparedOfSerialized(run)).toThrow(/run/)
    const reference = { string: '{"_serializeVerId":"v9","what":{"seen":0}}', method: 'kvin' }
    expect(JSON.parse(preparedOfSerialized(reference))).toHaveProperty('_serializeVerId')
  })

  test('of any JSON-like values', () => {
    fc.assert(
      fc.property(
        fc.array(fc.anything({ withBigInt: true, withMap: true, withDate: true })),
        (values) => {
          expect(columnValues(columnOf(values))).toEqual(values)
          expect(splitColumn(marshal(values)).map(parsePrepared)).toEqual(values)
        },
      ),
    )
  })
})
