import { expect, it } from 'vitest'

import { soak } from './soak.ts'

it.runIf(process.platform === 'linux')('leaves nothing of ended sandboxes behind', async () => {
  const { leaks } = await soak(25)
  expect(leaks).toEqual([])
})
