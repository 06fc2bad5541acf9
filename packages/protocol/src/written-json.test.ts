import { describe, expect, it } from 'vitest'

import { joinColumn, splitColumn, unmarshal, writeJson } from './index.ts'
import { writtenJson } from './written-json.ts'

interface Shape {
  readonly a: readonly number[]
}

const text = '{"a":[1,  2]}'
const written = (): Shape => writtenJson<Shape>(text, ['a'])

describe('JSON that was written before', () => {
  it('stands in other JSON as it is, wherever and however often', () => {
    const value = { first: written(), list: [written(), 'x', { deep: written() }], last: 1 }
    expect(writeJson(value)).toBe(
      `{"first":${text},"list":[${text},"x",{"deep":${text}}],"last":1}`,
    )
    expect(writeJson(written())).toBe(text)
  })

  it('may hold anything, the signs of replacements and what looks like its own mark too', () => {
    const outer = JSON.stringify({ mark: writeJson([written()]), signs: '$& $1 $$ "0" :0"' })
    const inner = writtenJson<Shape>(outer, [])
    expect(writeJson([inner, inner])).toBe(`[${outer},${outer}]`)
  })

  it('keeps its place among many', () => {
    const many = Array.from({ length: 25 }, (_, n) => writtenJson<Shape>(`{"n":${n}}`, []))
    expect(writeJson(many)).toBe(`[${many.map((_, n) => `{"n":${n}}`).join()}]`)
  })

  it('shows its members, and is written by JSON.stringify, too', () => {
    expect(written()).toEqual({ a: [1, 2] })
    expect(written().a).toEqual([1, 2])
    expect(JSON.stringify([written()])).toBe('[{"a":[1,2]}]')
    expect(structuredClone({ ...written() })).toEqual({ a: [1, 2] })
  })

  it('leaves nothing behind when the rest cannot be written', () => {
    expect(() => writeJson([written(), 1n])).toThrow(TypeError)
    expect(JSON.stringify(written())).toBe('{"a":[1,2]}')
  })

  it('may be written while something else is', () => {
    const nested = { toJSON: () => JSON.parse(writeJson({ in: written() }) ?? '') as unknown }
    expect(writeJson([written(), nested, written()])).toBe(`[${text},{"in":{"a":[1,2]}},${text}]`)
  })

  it('changes nothing where there is none', () => {
    for (const value of [undefined, null, 1, 'x', { a: undefined, b: [undefined] }, () => 1]) {
      expect(writeJson(value)).toBe(JSON.stringify(value))
    }
  })
})

it('a column of texts is written as they are, and read as what they say', () => {
  const texts = ['1', '"\\u00e9"', '{"raw":{"a":null}}', '{"ctr":2,"ab8":"\\u0001"}']
  const column = joinColumn(texts)
  expect(writeJson(column)).toBe(`{"_serializeVerId":"v8","what":{"arr":[${texts.join()}]}}`)
  expect(splitColumn(column)).toEqual(['1', '"é"', texts[2], texts[3]])
  expect(unmarshal(column)).toEqual([1, 'é', { a: null }, Uint8Array.of(1)])
})
