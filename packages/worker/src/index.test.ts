import { expect, it } from 'vitest'

import * as worker from './index.ts'
import * as node from './node/index.ts'

it('exports what others may use', () => {
  expect(Object.keys(worker).toSorted()).toEqual([
    'createWorker',
    'defaultJail',
    'isLoopback',
    'parseJoin',
  ])
  expect(Object.keys(node).toSorted()).toEqual([
    'countCores',
    'createWorkerIdentity',
    'fetchText',
    'openWorkerFile',
  ])
})
