import { expect, test } from 'vitest'

import { loadCrypto } from '@manyhands/wallet/node'

import { fuzz } from './fuzz.ts'

test('two thousand spoilt frames do no harm, and the same seed sends the same', async () => {
  const crypto = await loadCrypto()
  const first = await fuzz({ frames: 1_000, seed: 'again', crypto })
  expect(first.failures).toEqual([])
  expect(first.dispatched).toBeGreaterThan(50)
  expect(first.signedAgain).toBe(300)
  expect(await fuzz({ frames: 1_000, seed: 'again', crypto })).toEqual(first)
})
