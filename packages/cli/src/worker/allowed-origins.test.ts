import { expect, it } from 'vitest'

import { allowedOrigins } from './allowed-origins.ts'

it('sorts entries by their purpose', () => {
  expect(
    allowedOrigins([
      'https://a.example',
      'fetchData=https://b.example/x?y=z',
      'https://c.example/?d=e',
      'fetchData=10.0.0.0/8',
    ]),
  ).toEqual({
    any: ['https://a.example', 'https://c.example/?d=e'],
    fetchData: ['https://b.example/x?y=z', '10.0.0.0/8'],
  })
})

it('allows nothing when there is nothing', () => {
  expect(allowedOrigins([])).toEqual({})
})
