import type { IncomingRequest } from '@manyhands/connection'
import { expect, test } from 'vitest'

import { routeRequests } from './request-routing.ts'
import type { Answering } from './request-routing.ts'

const daemon = (name: string): Answering => ({
  dispatch: () => Promise.resolve(name),
  repeatable: (_service, operation) => operation.endsWith(name),
})

const routing = routeRequests({ bank: daemon('bank') }, daemon('rest'))

test.each([
  ['bank', 'view', 'bank'],
  ['dcp', 'bank.view', 'bank'],
  ['jobs', 'submit', 'rest'],
  ['jobs', 'bank.view', 'rest'],
  ['dcp', 'jobs.submit', 'rest'],
  ['dcp', 'bank', 'rest'],
  ['constructor', 'view', 'rest'],
  ['dcp', '__proto__.view', 'rest'],
])('a request to %s for %s is answered by %s', async (service, operation, name) => {
  const request = { service, operation } as IncomingRequest
  expect(await routing.dispatch(request)).toBe(name)
})

test('the daemon that answers says what it answers again', () => {
  expect(routing.repeatable('bank', 'bank')).toBe(true)
  expect(routing.repeatable('dcp', 'bank.bank')).toBe(true)
  expect(routing.repeatable('jobs', 'bank')).toBe(false)
})
