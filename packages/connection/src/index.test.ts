import { expect, test } from 'vitest'

import * as connection from './index.ts'

test('what this package offers', () => {
  expect(Object.keys(connection).toSorted()).toEqual([
    'createConnection',
    'createEndpoint',
    'createMemoryNetwork',
    'limits',
    'times',
  ])
})
