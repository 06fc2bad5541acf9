import { expect, test } from 'vitest'

import { DcpError, seededRandom, silentLogger } from '@manyhands/protocol'

import { errorFromPayload, errorPayload } from './error-payload.ts'

const deps = { random: seededRandom('errors'), logger: silentLogger }

test('details travel, but not under names that mean something else', () => {
  const error = new DcpError('ETOOBIG', 'too big', {
    details: { limit: 5, message: 'mine', code: 'X', stack: 's', jsonData: '{', origin: 'here' },
    cause: new Error('secret'),
  })
  expect(errorPayload(error, deps)).toEqual({
    limit: 5,
    message: 'too big',
    code: 'ETOOBIG',
    name: 'DCPError',
  })
})

test.each([new TypeError('secret'), 'secret', undefined, null])(
  'anything else is INTERNAL, with a number that the log has too: %s',
  (error) => {
    const logged: unknown[] = []
    const logger = {
      ...silentLogger,
      error: (_message: string, fields?: object) => void logged.push(fields),
    }
    const payload = errorPayload(error, { ...deps, logger })
    expect(payload).toMatchObject({ code: 'INTERNAL', name: 'DCPError' })
    expect(JSON.stringify(payload)).not.toContain('secret')
    expect(logged).toEqual([{ correlationId: payload['correlationId'], error }])
  },
)

test('an error comes back as it went', () => {
  const error = new DcpError('ENOFUNDS', 'not enough', { details: { missing: '1' } })
  const back = errorFromPayload(errorPayload(error, deps))
  expect(back).toMatchObject({ code: 'ENOFUNDS', message: 'not enough', details: { missing: '1' } })
})

test('the code of a peer is kept whatever it is, and its stack is not', () => {
  const back = errorFromPayload({ message: 'm', code: 'EOTHER', stack: 's', extra: 1 })
  expect(back).toMatchObject({ code: 'EOTHER', details: { extra: 1 } })
  expect(errorFromPayload('what')).toMatchObject({ code: 'INTERNAL', details: {} })
})
