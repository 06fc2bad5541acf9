import { expect, it } from 'vitest'

import { createUserIds } from './user-ids.ts'

it('gives every sandbox a user id of its own, outside the usual ranges', () => {
  const ids = createUserIds()
  const taken = Array.from({ length: 12_000 }, () => ids.take())
  expect(new Set(taken).size).toBe(12_000)
  expect(Math.min(...taken)).toBe(47_001)
  expect(Math.max(...taken)).toBe(59_000)
  ids.give(50_000)
  expect(ids.take()).toBe(50_000)
})
