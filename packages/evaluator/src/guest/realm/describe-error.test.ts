import { describe, expect, it } from 'vitest'

import { describeError } from './describe-error.ts'

describe('whatever was thrown', () => {
  it.each<[string, unknown, string]>([
    ['text', 'only text', 'only text'],
    ['nothing', undefined, 'the work function threw undefined'],
    ['null', null, 'the work function threw null'],
    ['a number', 7, 'the work function threw 7'],
    ['a symbol', Symbol('s'), 'the work function threw Symbol(s)'],
    ['an object', { a: 1 }, '{"a":1}'],
    ['an object with a message', { message: 'said' }, 'said'],
    ['a BigInt in an object', { a: 1n }, 'the work function threw a value that cannot be read'],
    [
      'an object that throws when read',
      {
        get message() {
          throw new Error('no')
        },
      },
      'the work function threw a value that cannot be read',
    ],
  ])('as %s has a message', (_what, thrown, message) => {
    expect(describeError(thrown)).toEqual({ name: 'Error', message })
  })

  it('keeps name, code and stack of errors', () => {
    const error = Object.assign(new RangeError('far'), { code: 7 })
    expect(describeError(error)).toEqual({
      name: 'RangeError',
      message: 'far',
      code: '7',
      stack: error.stack,
    })
  })

  it('is cut when it is too long', () => {
    const { message } = describeError(new Error('x'.repeat(1e6)))
    expect(message.length).toBeLessThan(20_000)
    expect(message).toContain('cut at')
  })
})
