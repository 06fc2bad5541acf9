import { expect, test } from 'vitest'

import { acceptsVersion, protocolVersion } from './version.ts'

test.each([protocolVersion, '5.2.0', '5.10.99'])('%s is accepted', (version) => {
  expect(acceptsVersion(version)).toBe(true)
})

test.each(['5.1.9', '4.9.9', '6.0.0', '5.3', '5.3.0-beta', '', ' 5.3.0', 5.3, null, undefined])(
  '%j is not',
  (version) => {
    expect(acceptsVersion(version)).toBe(false)
  },
)
