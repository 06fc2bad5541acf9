import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { elementText, memberText } from './raw-json.ts'

describe('the text of a member', () => {
  test.each([
    ['{"a":1}', 'a', '1'],
    ['{ "a" : [1, {"b":2}] , "b" : 3 }', 'a', '[1, {"b":2}]'],
    ['{"x":{"a":1},"a":"}\\"]"}', 'a', '"}\\"]"'],
    ['{"\\u0061":true}', 'a', 'true'],
    ['{"a":1,"a":2}', 'a', '2'],
    ['{"a":-1.5e3}', 'a', '-1.5e3'],
    ['{"b":1}', 'a', undefined],
    ['{}', 'a', undefined],
    ['[1]', 'a', undefined],
    ['', 'a', undefined],
  ])('of %s', (text, name, expected) => {
    expect(memberText(text, name)).toBe(expected)
  })

  test('is what JSON.stringify wrote, for any object', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
        const text = JSON.stringify(object)
        for (const [name, value] of Object.entries(JSON.parse(text) as object)) {
          expect(memberText(text, name)).toBe(JSON.stringify(value))
        }
      }),
    )
  })
})

describe('the text of an element', () => {
  test.each([
    ['[1,2]', 1, '2'],
    ['[ "," , [","] ]', 1, '[","]'],
    ['[1]', 1, undefined],
    ['[]', 0, undefined],
    ['{}', 0, undefined],
  ])('of %s at %i', (text, index, expected) => {
    expect(elementText(text, index)).toBe(expected)
  })

  test('is what JSON.stringify wrote, for any array', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (array) => {
        const text = JSON.stringify(array)
        array.forEach((value, index) => {
          expect(elementText(text, index)).toBe(JSON.stringify(value))
        })
      }),
    )
  })
})
