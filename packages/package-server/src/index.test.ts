import { expect, it } from 'vitest'

import * as packageServer from './index.ts'

it('exports exactly this', () => {
  expect(Object.keys(packageServer).toSorted()).toEqual([
    'createPackageServer',
    'packageServerMigrations',
  ])
})
