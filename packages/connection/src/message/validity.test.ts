import { expect, test } from 'vitest'

import type { Address, Clock } from '@manyhands/protocol'

import { createStampMemory } from './validity.ts'

let now = 1_795_162_000_000
const clock: Pick<Clock, 'now'> = { now: () => now }
const peer = '0x1563915e194D8CfBA1943570603F7606A3115508' as Address
const other = '0x643D3EaF9E658513622853Aa7600BF97E619E2a3' as Address
const create = (stampsMax?: number): ReturnType<typeof createStampMemory> =>
  createStampMemory({
    clock: clock as Clock,
    ...(stampsMax === undefined ? {} : { stampsMax }),
  })
const validity = (stamp: string, ttl = 120): object => ({ stamp, ttl, time: now / 1000 })

test('a stamp is known until its request has expired, for each peer by itself', () => {
  const memory = create()
  expect(memory.check(peer, validity('a'))).toEqual({ stamp: 'a', timeMs: now, repeated: false })
  expect(memory.check(peer, validity('a')).repeated).toBe(true)
  expect(memory.check(other, validity('a')).repeated).toBe(false)
  now += 720_001
  expect(memory.check(peer, validity('a')).repeated).toBe(false)
})

test.each([
  [undefined, 720_000],
  [120, 720_000],
  [1, 615_000],
  [-1, 720_000],
  [1e9, 1_200_000],
])('a request with ttl %s may be this late', (ttl, lateMs) => {
  const memory = create()
  const at = (late: number): object => ({ stamp: 's', ttl, time: (now - late) / 1000 })
  expect(memory.check(peer, at(lateMs)).timeMs).toBe(now - lateMs)
  expect(() => memory.check(peer, at(lateMs + 10))).toThrow(/older/)
})

test('a request may come this far from the future', () => {
  const memory = create()
  const at = (early: number): object => ({ stamp: 's', time: (now + early) / 1000 })
  expect(memory.check(peer, at(600_000)).repeated).toBe(false)
  expect(() => memory.check(peer, at(600_010))).toThrow(/future/)
})

test('an expired request tells how far off it was', () => {
  const time = now / 1000 - 5000
  expect(() => create().check(peer, { stamp: 's', time })).toThrow(
    expect.objectContaining({
      code: 'EEXPIRED',
      details: { info: { timestamp: time, offset: 5000 } },
    }),
  )
})

test.each([undefined, null, 'text', {}, { stamp: 1, time: 1 }, { stamp: '', time: 1 }])(
  'what is no validity is refused: %j',
  (value) => {
    expect(() => create().check(peer, value)).toThrow(expect.objectContaining({ code: 'EINVAL' }))
  },
)

test('a stamp of any length and a time that is none are refused', () => {
  expect(() => create().check(peer, validity('x'.repeat(257)))).toThrow(/stamp/)
  expect(() => create().check(peer, { stamp: 's', time: Number.NaN })).toThrow(/time/)
})

test('the memory is bounded, and forgets the oldest first', () => {
  const memory = create(3)
  for (const stamp of ['a', 'b', 'c', 'd']) memory.check(peer, validity(stamp))
  expect(memory.size).toBe(3)
  expect(memory.check(peer, validity('d')).repeated).toBe(true)
  expect(memory.check(peer, validity('a')).repeated).toBe(false)
})

test('what has expired is forgotten when something new comes', () => {
  const memory = create()
  for (const stamp of ['a', 'b', 'c']) memory.check(peer, validity(stamp))
  now += 720_001
  memory.check(peer, validity('d'))
  expect(memory.size).toBe(1)
})
