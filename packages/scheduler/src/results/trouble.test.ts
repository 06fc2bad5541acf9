import { describe, expect, it } from 'vitest'
import { blameOfFailure, blameOfReturn, endCode, failuresAllowed } from './trouble.ts'

describe('what is held against a slice', () => {
  const cases = [
    // code, as a failure, as the reason of a return
    [undefined, 'count', 'free'],
    ['ENOPROGRESS', 'count', 'count'],
    ['ESLICETOOSLOW', 'count', 'count'],
    ['EUNCAUGHT', 'count', 'count'],
    ['EWORKREJECT', 'count', 'count'],
    ['ESANDBOX', 'count', 'count'],
    ['EFETCH', 'elsewhere', 'elsewhere'],
    ['EPERM_ORIGIN', 'elsewhere', 'elsewhere'],
    ['EMODULEFECTCH', 'free', 'free'],
    ['EWHATEVER', 'count', 'free'],
    ['toString', 'count', 'free'],
  ] as const
  it.each(cases)('%s: %s, returned: %s', (code, failed, returned) => {
    expect(blameOfFailure(code)).toBe(failed)
    expect(blameOfReturn(code)).toBe(returned)
  })
})

it('ends a job under the code of its work, or under that of too many errors', () => {
  expect(endCode('ENOPROGRESS')).toBe('ENOPROGRESS')
  expect(endCode('EUNCAUGHT')).toBe('ETOOMANYERRORS')
  expect(endCode(undefined)).toBe('ETOOMANYERRORS')
})

it('allows ten failures, or a tenth of what was computed', () => {
  expect(failuresAllowed(0)).toBe(10)
  expect(failuresAllowed(100)).toBe(10)
  expect(failuresAllowed(5_000)).toBe(500)
})
