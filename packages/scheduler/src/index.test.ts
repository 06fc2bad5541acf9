import { expect, it } from 'vitest'
import * as scheduler from './index.ts'

it('exports what other rooms may use, and nothing else', () => {
  expect(Object.keys(scheduler).toSorted()).toEqual([
    'createScheduler',
    'schedulerMigrations',
    'schedulerTables',
  ])
})
