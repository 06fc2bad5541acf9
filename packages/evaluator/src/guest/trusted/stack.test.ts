import { expect, it } from 'vitest'

import { cleanStack } from './stack.ts'

it('shows the lines of the work function and nothing of the harness', () => {
  const stack = [
    'TypeError: x is not a function',
    '    at inner (workFunction, <anonymous>:3:9)',
    '    at workFunction, <anonymous>:5:1',
    '    at async outcome (blob:null/1234:10:2)',
    '    at ext:deno_web/02_timers.js:88:3',
  ].join('\n')
  expect(cleanStack(stack, 'blob:null/1234')).toBe(
    [
      'TypeError: x is not a function',
      '    at inner (workFunction:3:9)',
      '    at workFunction:5:1',
    ].join('\n'),
  )
})
