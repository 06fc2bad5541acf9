import { expect, it } from 'vitest'

import * as client from './index.ts'
import * as node from './node/index.ts'

it('exports these names and no others', () => {
  expect(Object.keys(client).toSorted()).toEqual([
    'RemoteDataPattern',
    'RemoteDataSet',
    'calculateSlicePayment',
    'compileExpression',
    'createClient',
    'isJob',
    'marketValue',
    'set',
  ])
  expect(Object.keys(node).toSorted()).toEqual(['connect', 'init'])
})
