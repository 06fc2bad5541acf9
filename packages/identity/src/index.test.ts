import { expect, it } from 'vitest'

import * as identity from './index.ts'

it('exports exactly this', () => {
  expect(Object.keys(identity).toSorted()).toEqual(['createIdentity', 'identityMigrations'])
})
