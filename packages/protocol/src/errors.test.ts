import { expect, test } from 'vitest'

import { DcpError, errorKinds, isDcpError } from './errors.ts'

test('an error carries its code, its facts and whether to try again', () => {
  const cause = new Error('below')
  const error = new DcpError('ENOSPC', 'the disk is full', { details: { free: 0 }, cause })
  expect(error).toMatchObject({ name: 'DcpError', code: 'ENOSPC', details: { free: 0 }, cause })
  expect(error.retryable).toBe(true)
  expect(new DcpError('EPERM', 'no').retryable).toBe(false)
  expect(new DcpError('EPERM', 'no')).not.toHaveProperty('cause')
})

test('errors are recognised by their mark, also those of another copy of the package', () => {
  const foreign = { [Symbol.for('manyhands.error')]: true, code: 'EPERM' }
  expect(isDcpError(new DcpError('EPERM', 'no'))).toBe(true)
  expect(isDcpError(foreign, 'EPERM')).toBe(true)
  expect(isDcpError(foreign, 'ENOENT')).toBe(false)
  for (const other of [new Error('x'), null, undefined, 'EPERM', { code: 'EPERM' }]) {
    expect(isDcpError(other)).toBe(false)
  }
})

test('every code says what it means', () => {
  for (const kind of Object.values(errorKinds)) expect(kind.meaning.length).toBeGreaterThan(10)
})
