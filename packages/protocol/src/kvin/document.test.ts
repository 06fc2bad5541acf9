import { readFileSync } from 'node:fs'

import { BigNumber } from 'bignumber.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { isDcpError } from '../errors.ts'
import { kvinDepthMax, kvinElementsMax } from '../limits.ts'
import { deserialize, marshal, relabel, serialize, unmarshal } from './document.ts'

interface Sample {
  readonly name: string
  readonly v8: string
  readonly v9: string
}

function vector(name: string): unknown {
  const path = new URL(`../../../../tests/vectors/wire/${name}.json`, import.meta.url)
  return JSON.parse(readFileSync(path, 'utf8'))
}

const cycle: Record<string, unknown> = { a: 1 }
cycle['self'] = cycle
const shared = { z: 1 }
const failure = Object.assign(new TypeError('bad'), { code: 'ECODE' })
failure.stack = 'TypeError: bad'

/** The value of every sample, by its name; the texts are the official encoders'. */
const values: Readonly<Record<string, unknown>> = {
  number: 42,
  'negative zero': -0,
  NaN: Number.NaN,
  Infinity: Infinity,
  string: 'héllo',
  boolean: true,
  null: null,
  undefined: undefined,
  'empty object': {},
  'empty array': [],
  'plain object': { a: 1, b: 'two', c: [1, 2, { d: null }] },
  'object with undefined': { a: undefined, b: 1 },
  'object with NaN': { a: Number.NaN },
  'short array': [1, 2, 3],
  'array of 10 numbers': [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  repeats: [5, 5, 5, 5, 5, 5, 5, 5, 5, 5],
  'array with undefined': [1, undefined, 3],
  // oxlint-disable-next-line no-sparse-arrays
  sparse: [1, , 3],
  'nested arrays': [
    [1, 2],
    [3, 4],
  ],
  bigint: 12_345_678_901_234_567_890n,
  'Uint8Array(4)': new Uint8Array([1, 2, 3, 4]),
  'Uint8Array(12)': new Uint8Array([0, 1, 2, 3, 250, 251, 252, 253, 254, 255, 128, 127]),
  'Uint8Array zeros': new Uint8Array(40),
  Float64Array: new Float64Array([1.5, -2.25]),
  Date: new Date(0),
  RegExp: /ab+c/gi,
  Map: new Map<string, unknown>([
    ['k', 1],
    ['l', { m: 2 }],
  ]),
  Set: new Set([1, 'two']),
  cycle,
  shared: { p: shared, q: shared },
  URL: new URL('http://example.test/x'),
  boxed: Object('boxed'),
  TypeError: failure,
}

const { samples } = vector('kvin-samples') as { samples: readonly Sample[] }

describe('KVIN as the published encoders write it', () => {
  test('has a value here for every sample', () => {
    expect(samples.map((sample) => sample.name)).toEqual(Object.keys(values))
  })

  test.each(samples)('$name', ({ name, v8, v9 }) => {
    const value = values[name]
    expect(serialize(value)).toBe(v9)
    expect(serialize(value, { label: 'v8' })).toBe(v8)
    expect(relabel(v9)).toBe(v8)
    // An error's class is not part of its text.
    const back = name === 'TypeError' ? Object.assign(new Error('bad'), { code: 'ECODE' }) : value
    expect(deserialize(v9)).toStrictEqual(back)
    expect(deserialize(v8)).toStrictEqual(back)
  })

  test('configuration bodies come back and are written the same', () => {
    const { v9, v8 } = vector('dcp-config') as Record<'v8' | 'v9', { responseBody: string }>
    const config = deserialize(v9.responseBody)
    expect(deserialize(v8.responseBody)).toStrictEqual(config)
    expect(config).toMatchObject({ scheduler: { location: expect.any(URL) as URL } })
    expect(serialize(config, { label: 'v9', urls: 'dcpUrl' })).toBe(v9.responseBody)
    expect(serialize(config, { label: 'v8', urls: 'dcpUrl' })).toBe(v8.responseBody)
  })
})

describe('KVIN keeps', () => {
  test.each<[string, unknown]>([
    ['named properties of arrays', Object.assign([1, 2, 3], { name: 'x', list: [1] })],
    // oxlint-disable-next-line no-sparse-arrays
    ['islands', [, , 5, 6, 7, , 8]],
    // oxlint-disable-next-line no-sparse-arrays
    ['long islands', [, ...Array.from({ length: 12 }, (_, i) => ({ i }))]],
    ['holes only', Array.from<number>({ length: 5 }).concat(Object.assign([], { length: 7 }))],
    ['-0 and NaN in arrays and objects', [-0, 0, Number.NaN, { x: -0 }]],
    ['runs of equal objects', [{ a: [1] }, { a: [1] }, { a: [1] }]],
    ['bytes between zeros', new Uint8Array([...new Uint8Array(9), 1, 0, 0, 2, 0, 0, 0, 0, 3, 0])],
    [
      'every number type',
      [new Int16Array([-1, 2]), new BigInt64Array([5n]), new Float32Array([0.5])],
    ],
    ['buffers', new Uint8Array([1, 2]).buffer],
    ['maps of maps', new Map([[{ a: 1 }, new Map([[1, new Set([[2]])]])]])],
    ['boxed primitives', [Object(1), Object(false), Object('x')]],
    ['unpaired surrogates', 'x\ud800'],
    ['an invalid date', new Date(Number.NaN)],
  ])('%s', (_, value) => {
    expect(deserialize(serialize(value))).toStrictEqual(value)
    expect(Object.getPrototypeOf(deserialize(serialize(value)))).toBe(Object.getPrototypeOf(value))
  })

  test.each([
    '{"__proto__":{"x":1},"constructor":{"name":2}}',
    '{"__proto__":[1],"constructor":[2],"hasOwnProperty":3}',
  ])('%s as data', (json) => {
    const back = deserialize(serialize(JSON.parse(json)))
    expect(JSON.stringify(back)).toBe(json)
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype)
  })

  test('shared objects and cycles through maps, sets and arrays', () => {
    const map = new Map<string, unknown>()
    const set = new Set<unknown>([map])
    const list: unknown[] = [map, set]
    map.set('set', set).set('list', list)
    const back = deserialize(serialize({ list, again: list })) as Record<string, unknown[]>
    const [backMap, backSet] = back['list'] as [Map<string, unknown>, Set<unknown>]
    expect(back['again']).toBe(back['list'])
    expect(backMap.get('set')).toBe(backSet)
    expect(backMap.get('list')).toBe(back['list'])
    expect(backSet.has(backMap)).toBe(true)
  })

  test('repeated objects apart from each other', () => {
    const back = deserialize('{"_serializeVerId":"v9","what":{"arr":[{"raw":{"x":1}},{"lst":2}]}}')
    const [first, second, third] = back as Record<string, number>[]
    Object.assign(first ?? {}, { x: 2 })
    expect(second).toEqual({ x: 1 })
    expect(third).not.toBe(second)
  })

  test('symbols by their description, in version 9 only', () => {
    expect(String(deserialize(serialize(Symbol('s'))))).toBe('Symbol(s)')
    expect(() => serialize(Symbol('s'), { label: 'v8' })).toThrow(/no symbols/)
  })

  test('the user types of official programs', () => {
    const text = (ctr: string, arg: string): string =>
      `{"_serializeVerId":"v8","what":{"ctr":"${ctr}","ps":{},"arg":"${arg}"}}`
    expect(deserialize(text('dcpUrl$$DcpURL', 'http://a/b'))).toEqual(new URL('http://a/b'))
    const address = '0x1563915e194D8CfBA1943570603F7606A3115508'
    expect(deserialize(text('dcpEth$$Address', address))).toBe(address)
    expect(deserialize(text('BigNumber', '1e-30'))).toEqual(new BigNumber('1e-30'))
    expect(deserialize(serialize(new BigNumber('0.1')))).toEqual(new BigNumber('0.1'))
  })

  test('functions as their source, boxed', () => {
    const back = deserialize(
      '{"_serializeVerId":"v9","what":{"ctr":15,"ps":{},"fnName":"f","arg":"x=>x"}}',
    )
    expect(back).toBeInstanceOf(String)
    expect(String(back)).toBe('x=>x')
    expect(back).toHaveProperty('name', 'f')
  })

  test('documents inside documents', () => {
    const inner = serialize(cycle, { label: 'v8' })
    const back = deserialize(`{"_serializeVerId":"v8","what":{"arr":[1,${inner}]}}`) as [
      1,
      typeof cycle,
    ]
    expect(back[1]['self']).toBe(back[1])
  })

  test('errors of any class by their message', () => {
    const back = deserialize(serialize(new DOMException('gone', 'AbortError')))
    expect(back).toBeInstanceOf(Error)
    expect(back).toHaveProperty('message', 'gone')
  })

  test('class instances as plain objects and what toJSON says', () => {
    class Point {
      x = 1
      at = new Date(0)
    }
    class Secret {
      toJSON(): unknown {
        return { shown: [1] }
      }
    }
    expect(deserialize(serialize(new Point()))).toStrictEqual({ x: 1, at: new Date(0) })
    expect(deserialize(serialize([new Secret()]))).toStrictEqual([{ shown: [1] }])
  })

  test('any structured value', () => {
    const leaf = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.double(),
      fc.boolean(),
      fc.constantFrom(null, undefined),
      fc.bigInt(),
      fc.date(),
      fc.uint8Array(),
      fc.float64Array(),
    )
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        leaf,
        fc.array(tie('value')),
        fc.sparseArray(tie('value'), { maxNumElements: 6, maxLength: 30 }),
        fc.dictionary(fc.string(), tie('value'), { noNullPrototype: true }),
        fc.array(fc.tuple(tie('value'), tie('value'))).map((entries) => new Map(entries)),
        fc.array(tie('value')).map((list) => new Set(list)),
      ),
    }))
    fc.assert(
      fc.property(value, (original) => {
        const text = serialize(original)
        expect(deserialize(text)).toStrictEqual(original)
        expect(deserialize(serialize(original, { label: 'v8' }))).toStrictEqual(original)
        expect(serialize(deserialize(text))).toBe(text)
      }),
    )
  })
})

describe('KVIN refuses to encode', () => {
  let deep: unknown = Number.NaN
  for (let i = 0; i <= kvinDepthMax; i++) deep = [deep]

  test.each<[string, unknown, RegExp]>([
    ['functions', () => 1, /value cannot be serialised: it is a function/],
    ['functions inside', { a: { b: [1, () => 1] } }, /value\.a\.b\[1\] cannot .* function/],
    ['promises', { p: Promise.resolve() }, /value\.p cannot .* await it first/],
    ['weak collections', [new WeakMap()], /value\[0\] cannot .* WeakMap/],
    ['what is too deep', deep, /over 400 deep/],
  ])('%s', (_, value, message) => {
    expect(() => serialize(value)).toThrow(expect.objectContaining({ code: 'EBADARG' }))
    expect(() => serialize(value)).toThrow(message)
  })

  test('nothing that is merely widely shared', () => {
    let wide: unknown = { x: 1 }
    for (let i = 0; i < 60; i++) wide = { a: wide, b: wide }
    expect(() => serialize(wide)).toThrow(/over 20000000 values/)
  })
})

describe('KVIN refuses to decode', () => {
  const nested = (open: string, close: string): string =>
    open.repeat(100_000) + close.repeat(100_000)

  test.each<[string, string]>([
    ['text that is not JSON', '{'],
    ['what is no document', '{}'],
    ['an array as document', '[]'],
    ['other versions', '{"_serializeVerId":"v7","what":1}'],
    ['null', 'null'],
  ])('%s', (_, text) => {
    expect(() => deserialize(text)).toThrow(expect.objectContaining({ code: 'EFORMAT' }))
  })

  test.each<[string, string]>([
    ['a bare null', 'null'],
    ['a bare array', '[1]'],
    ['unknown forms', '{"foo":1}'],
    ['constructors that are not in the table', '{"ctr":"process","ps":{}}'],
    ['code as a constructor', '{"ctr":"eval","arg":"1"}'],
    ['inherited names as a constructor', '{"ctr":"toString"}'],
    ['inherited names in the table', '{"ctr":"__proto__","arg":"x"}'],
    ['numbers beyond the table', '{"ctr":21}'],
    ['negative numbers', '{"ctr":-1}'],
    ['Function', '{"ctr":15,"arg":"return 1"}'],
    ['Promise', '{"ctr":17}'],
    ['a number that is none', '{"number":"12"}'],
    ['a bigint that is none', '{"bigint":"0x10"}'],
    ['a bigint without end', `{"bigint":"${'9'.repeat(200_000)}"}`],
    ['references to nothing', '{"arr":[{"seen":1}]}'],
    ['references by name', '{"arr":[{"seen":"__proto__"}]}'],
    ['runs of nothing', '{"arr":[{"lst":2}]}'],
    ['runs without end', '{"arr":[1,{"lst":100000000}]}'],
    ['runs of runs', `{"arr":[{"arr":[1,{"lst":${kvinElementsMax / 2}}]},{"lst":3}]}`],
    ['lengths without end', '{"arr":[],"len":4294967295}'],
    ['lengths of bytes without end', '{"ctr":2,"isl8":[],"len":1e12}'],
    ['islands outside', '{"ctr":2,"isl8":[{"0":"abc","@":2}],"len":4}'],
    ['islands without end', '{"arr":[],"isl":[{"@":4294967290,"arr":[1]}]}'],
    ['indices without end', '{"arr":[],"ps":{"4294967290":1}}'],
    ['bytes that do not fit', '{"ctr":9,"ab8":"abc"}'],
    ['typed arrays by length', '{"ctr":2,"arg":1000000000}'],
    ['a URL that is none', '{"ctr":18,"arg":"no url"}'],
    ['an address that is none', '{"ctr":"Address","arg":"x"}'],
    ['a regular expression that is none', '{"ctr":10,"args":["("]}'],
    ['JSON that is none', '{"json":"{"}'],
    ['deep arrays', nested('{"arr":[', ']}')],
    ['deep raw values', `{"raw":${nested('[', ']')}}`],
    ['deep documents', nested('{"_serializeVerId":"v8","what":', '}').replace('}', '1}')],
  ])('%s', (_, what) => {
    const text = `{"_serializeVerId":"v9","what":${what}}`
    expect(() => deserialize(text)).toThrow(expect.objectContaining({ code: 'EFORMAT' }))
  })

  test('nothing by changing a prototype', () => {
    const text = (ctr: string): string =>
      `{"_serializeVerId":"v9","what":{"ctr":${ctr},"arg":"x","args":["x"],"ps":{"__proto__":{"ctr":0,"ps":{"polluted":1}}}}}`
    for (const ctr of ['0', '10', '12', '16', '"Error"']) {
      const value = deserialize(text(ctr)) as object
      expect(Object.keys(value)).toContain('__proto__')
      expect(value).not.toHaveProperty('polluted')
    }
    expect({}).not.toHaveProperty('polluted')
  })

  test('nothing by a rejection that nobody handles', () => {
    const value = unmarshal({ _serializeVerId: 'v9', what: { reject: { raw: 'no' } } })
    expect(value).toBeInstanceOf(Promise)
  })

  test('hostile JSON with anything but EFORMAT', () => {
    const part = fc.constantFrom(
      'raw',
      'arr',
      'ctr',
      'arg',
      'args',
      'ps',
      'isl',
      'len',
      'lst',
      'seen',
      'set',
      '@',
      '0',
    )
    const more = fc.constantFrom(
      'mapKeys',
      'mapVals',
      'ab8',
      'isl8',
      'ab16',
      'isl16',
      'eb',
      'json',
      'fnName',
      'symbol',
    )
    const { node } = fc.letrec<{ node: unknown }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 4 },
        fc.integer({ min: -2, max: 25 }),
        fc.constantFrom(null, true, 'Error', 'x', '1', 'v8', 1e308),
        fc.array(tie('node'), { maxLength: 4 }),
        fc.dictionary(fc.oneof(part, more), tie('node'), { maxKeys: 4 }),
      ),
    }))
    const outcomes = new Set<unknown>()
    fc.assert(
      fc.property(node, (what) => {
        try {
          unmarshal({ _serializeVerId: 'v9', what: JSON.parse(JSON.stringify(what)) })
          outcomes.add('value')
        } catch (error) {
          outcomes.add(isDcpError(error) ? error.code : error)
        }
      }),
      { numRuns: 2000 },
    )
    expect(outcomes).toEqual(new Set(['value', 'EFORMAT']))
  })

  test('marshalled values are not changed by being decoded', () => {
    const document = marshal({ list: [{ a: 1 }, { a: 1 }], at: new Date(0) })
    const before = JSON.stringify(document)
    unmarshal(document)
    expect(JSON.stringify(document)).toBe(before)
  })
})
