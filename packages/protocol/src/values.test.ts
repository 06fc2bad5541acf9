import { describe, expect, test } from 'vitest'

import { deserialize, marshal } from './kvin/document.ts'
import { parsePrepared, prepareText, splitColumn } from './kvin/column.ts'
import {
  decodeValueUri,
  decodeWorkFunctionUri,
  deserializeValue,
  encodeWorkFunctionUri,
  jsonUri,
  kvinUri,
  locationOf,
  preparedOfSerialized,
  serializeValue,
  serializedUri,
  valueDocument,
  valueUri,
} from './values.ts'

const kvin = 'data:application/x-kvin;base64,'
const json = 'data:application/json;base64,'

describe('the worked examples of operations §15.7', () => {
  const args = [2, 'two', { k: [1] }]
  const uris = [
    `${kvin}eyJfc2VyaWFsaXplVmVySWQiOiJ2OCIsIndoYXQiOjJ9`,
    `${json}InR3byI=`,
    `${kvin}eyJfc2VyaWFsaXplVmVySWQiOiJ2OCIsIndoYXQiOnsiY3RyIjowLCJwcyI6eyJrIjp7ImFyciI6WzFdfX19fQ==`,
  ]

  test('arguments', () => {
    expect(marshal(args.map((arg) => serializeValue(arg)))).toEqual({
      _serializeVerId: 'v9',
      what: {
        arr: [
          {
            raw: {
              string: '{"_serializeVerId":"v9","what":2}',
              method: 'kvin',
              MIMEType: 'application/x-kvin',
            },
          },
          { raw: { string: '"two"', method: 'json', MIMEType: 'application/json' } },
          {
            raw: {
              string: '{"_serializeVerId":"v9","what":{"ctr":0,"ps":{"k":{"arr":[1]}}}}',
              method: 'kvin',
              MIMEType: 'application/x-kvin',
            },
          },
        ],
      },
    })
    expect(marshal([])).toEqual({ _serializeVerId: 'v9', what: { raw: [] } })
    expect(args.map((arg) => serializedUri(serializeValue(arg)))).toEqual(uris)
    expect(args.map((arg) => serializedUri(serializeValue(arg, { label: 'v8' })))).toEqual(uris)
    expect(uris.map(decodeValueUri)).toEqual(args)
  })

  test('slices', () => {
    const values = [10, 'é#', { a: [1, 2] }]
    const texts = splitColumn(marshal(values))
    expect(JSON.stringify(marshal(values))).toBe(
      '{"_serializeVerId":"v9","what":{"arr":[10,"é#",{"ctr":0,"ps":{"a":{"arr":[1,2]}}}]}}',
    )
    expect(texts.map(kvinUri)).toEqual([
      `${kvin}eyJfc2VyaWFsaXplVmVySWQiOiJ2OCIsIndoYXQiOjEwfQ==`,
      `${kvin}eyJfc2VyaWFsaXplVmVySWQiOiJ2OCIsIndoYXQiOiJcdTAwZTkjIn0=`,
      `${kvin}eyJfc2VyaWFsaXplVmVySWQiOiJ2OCIsIndoYXQiOnsiY3RyIjowLCJwcyI6eyJhIjp7ImFyciI6WzEsMl19fX19`,
    ])
    expect(texts.map((text) => decodeValueUri(kvinUri(text)))).toEqual(values)
  })

  test('a range and one of its slices', () => {
    expect(jsonUri({ start: 10, end: 12, step: 1 })).toBe(
      `${json}eyJzdGFydCI6MTAsImVuZCI6MTIsInN0ZXAiOjF9`,
    )
    expect(kvinUri(prepareText(11))).toBe(`${kvin}eyJfc2VyaWFsaXplVmVySWQiOiJ2OCIsIndoYXQiOjExfQ==`)
  })

  test('results', () => {
    expect(valueUri(preparedOfSerialized(serializeValue(100)))).toBe(
      `${kvin}eyJfc2VyaWFsaXplVmVySWQiOiJ2OCIsIndoYXQiOjEwMH0=`,
    )
    expect(valueUri(preparedOfSerialized(serializeValue('é#')))).toBe(`${json}Ilx1MDBlOSMi`)
    expect(serializedUri(serializeValue('é#'))).toBe(`${json}Ilx1MDBlOSMi`)
  })

  test('work functions', () => {
    const source = "(x,m)=>{progress();return x*m+'#é';}"
    const uri = "data:,(x,m)=%3E%7Bprogress();return%20x*m+'#%C3%A9';%7D"
    expect(encodeWorkFunctionUri(source)).toBe(uri)
    expect(decodeWorkFunctionUri(uri)).toBe(source)
    expect(encodeWorkFunctionUri('(x,y)=>{progress();return x}')).toBe(
      'data:,(x,y)=%3E%7Bprogress();return%20x%7D',
    )
  })
})

describe('locationOf', () => {
  test.each([
    [prepareText(new URL('http://example.org/a?b')), 'http://example.org/a?b'],
    ['{"ctr":"dcpUrl$$DcpURL","arg":"http://example.org"}', 'http://example.org/'],
    ['{"arg":"http://example.org","ctr":18}', 'http://example.org/'],
    ['{"ctr":18,"arg":"not a location"}', undefined],
    ['{"ctr":18,"arg":5}', undefined],
    [prepareText([new URL('http://example.org')]), undefined],
    [prepareText({ ctr: 18, arg: 'http://example.org' }), undefined],
    [prepareText('{"ctr":18,"arg":"http://example.org"}'), undefined],
    ['7', undefined],
  ])('of %s is %s', (prepared, location) => {
    expect(locationOf(prepared)).toBe(location)
  })
})

describe('serialised values', () => {
  test.each<[unknown, 'json' | 'kvin']>([
    ['text', 'json'],
    [true, 'json'],
    [new Date(0), 'json'],
    [1, 'kvin'],
    [null, 'kvin'],
    [undefined, 'kvin'],
    [{ a: 1 }, 'kvin'],
    [[1], 'kvin'],
    [new Uint8Array(3), 'kvin'],
    [10n, 'kvin'],
  ])('%o goes by %s', (value, method) => {
    const serialised = serializeValue(value)
    expect(serialised.method).toBe(method)
    const back = value instanceof Date ? value.toISOString() : value
    expect(deserializeValue(serialised)).toStrictEqual(back)
    const prepared = preparedOfSerialized(serialised)
    expect(decodeValueUri(valueUri(prepared))).toStrictEqual(back)
    expect(decodeValueUri(kvinUri(prepared))).toStrictEqual(back)
    expect(decodeURIComponent(valueUri(prepared))).toBe(valueUri(prepared))
    const document = valueDocument(prepared)
    expect(document.startsWith('{') ? deserialize(document) : JSON.parse(document)).toStrictEqual(
      back,
    )
    expect(parsePrepared(document)).toStrictEqual(back)
    expect(valueDocument(document)).toBe(document)
  })

  test('keep references inside themselves', () => {
    const list: unknown[] = []
    list.push(list)
    const prepared = preparedOfSerialized(serializeValue({ list }))
    const back = decodeValueUri(kvinUri(prepared)) as { list: unknown[] }
    expect(back.list[0]).toBe(back.list)
    expect(atob(kvinUri(prepared).slice(kvin.length))).toMatch(
      /^\{"_serializeVerId":"v8","what":\{"ctr"/,
    )
  })

  test('with a toJSON are JSON', () => {
    const value = { toJSON: () => ({ a: [1] }) }
    expect(serializeValue(value)).toMatchObject({ method: 'json', string: '{"a":[1]}' })
    expect(preparedOfSerialized(serializeValue(value))).toBe('{"raw":{"a":[1]}}')
  })

  test.each([
    5,
    null,
    {},
    { string: 1, method: 'json' },
    { string: '1', method: 'eval' },
    { string: '{', method: 'json' },
    { string: '{}', method: 'kvin' },
    { string: '{"_serializeVerId":"v9","what":null}', method: 'kvin' },
    { string: '{"_serializeVerId":"v9","what":{"lst":5}}', method: 'kvin' },
  ])('of another shape are refused: %j', (value) => {
    expect(() => preparedOfSerialized(value)).toThrow(expect.objectContaining({ code: 'EFORMAT' }))
  })
})

describe('data URIs', () => {
  test.each<[string, unknown]>([
    ['data:,a%20b', 'a b'],
    ['data:text/plain,x', 'x'],
    ['data:text/plain;base64,YQ==', 'a'],
    ['data:application/json,%7B%22a%22:1%7D', { a: 1 }],
    ['data:application/json;charset=utf-8;base64,IsOpIg==', 'é'],
    ['DATA:application/x-kvin,{"_serializeVerId":"v9","what":5}', 5],
    ['data:application/octet-stream;base64,AQI=', new Uint8Array([1, 2])],
    ['data:image/png;base64,', new Uint8Array(0)],
    ['https://dcp/dev/null', 'https://dcp/dev/null'],
  ])('%s', (uri, value) => {
    expect(decodeValueUri(uri)).toEqual(value)
  })

  test.each(['', 'http://a/b', 'data:', 'data:,%', 'data:;base64,!', 'data:,%ff'])(
    '%j is refused',
    (uri) => {
      expect(() => decodeValueUri(uri)).toThrow(expect.objectContaining({ code: 'EBADARG' }))
    },
  )

  test.each([
    'data:,a%2Fb%3Fc',
    'data:text/javascript;base64,YS9iP2M=',
    'data:application/json,"a/b?c"',
  ])('work function %s however it is quoted', (uri) => {
    expect(decodeWorkFunctionUri(uri)).toBe('a/b?c')
  })

  test.each([
    'http://a/b.js',
    'data:application/json,5',
    'data:application/json,{',
    'https://dcp/dev/null',
  ])('work function %s is refused', (uri) => {
    expect(() => decodeWorkFunctionUri(uri)).toThrow(expect.objectContaining({ code: 'EBADARG' }))
  })

  test('half a character is refused', () => {
    expect(() => encodeWorkFunctionUri('"\ud800"')).toThrow(/surrogate/)
  })
})
