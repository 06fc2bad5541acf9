import { describe, expect, it } from 'vitest'

import { compileExpression, spreadingText, workText } from './work-text.ts'

const check = (work: unknown): string => workText(work, compileExpression)
// oxlint-disable-next-line no-new-func, no-implied-eval -- what a sandbox does with the text
const run = (text: string): unknown => new Function(`return (${text})`)()

describe('the text of a work function', () => {
  it('is what the function is written as', () => {
    expect(run(check((x: number) => x * 2))).toBeTypeOf('function')
    expect(check('function (x) { return x };\n')).toBe('function (x) { return x }')
  })

  it.each([
    ['a number', 42, /must be a function or the text of one, not number/],
    ['an object', {}, /not object/],
    ['null', null, /not null/],
    ['undefined', undefined, /not undefined/],
    ['an empty text', '  ', /empty/],
    ['a text that does not parse', '(x) => {', /does not parse/],
    [
      'a method',
      Reflect.get({ twice: (x: number) => x * 2, method() {} }, 'method'),
      /does not parse: .*a method must be written as a function/,
    ],
    ['a built-in function', Math.max, /built in or bound/],
    ['a bound function', function (this: unknown) {}.bind(1), /built in or bound/],
  ])('is refused for %s, naming the field', (_name, work, message) => {
    expect(() => check(work)).toThrow(
      expect.objectContaining({ code: 'EBADARG', message: expect.stringMatching(message) }),
    )
  })

  it('brings along the helper that compilers call to keep names', () => {
    const compiled = '(x) => { const twice = __name((y) => y * 2, "twice"); return twice(x) }'
    // oxlint-disable-next-line no-eval -- as a sandbox evaluates it
    const run: unknown = (0, eval)(workText(compiled))
    expect((run as (x: number) => number)(21)).toBe(42)
    expect(workText('(x) => x')).toBe('(x) => x')
  })

  it('is never run to be checked', () => {
    expect(check('(() => { throw new Error("ran") })()')).toContain('ran')
  })

  it('spreads a tuple over the parameters, before the arguments', () => {
    const spread = run(spreadingText('(i, j, k) => [i, j, k] // as written')) as (
      ...args: unknown[]
    ) => unknown
    expect(spread([1, 2], 3)).toEqual([1, 2, 3])
  })
})
