import { describe, expect, test } from 'vitest'

import { createManualClock } from './manual-clock.ts'
import { seededRandom } from './seeded-random.ts'
import { silentLogger } from './silent-logger.ts'
import { systemClock } from './system-clock.ts'
import { systemRandom } from './system-random.ts'
import type { Random } from '../ports.ts'

describe.each<[string, Random]>([
  ['the system', systemRandom],
  ['a seed', seededRandom('test')],
])('random numbers of %s', (_, random) => {
  test('have the length asked for', () => {
    for (const length of [0, 1, 5, 32, 70_000]) expect(random.bytes(length)).toHaveLength(length)
    for (const length of [0, 1, 22, 300]) expect(random.token(length)).toHaveLength(length)
  })

  test('are evenly spread', () => {
    const counts = new Map<string, number>()
    for (const character of random.token(62_000)) {
      counts.set(character, (counts.get(character) ?? 0) + 1)
    }
    expect([...counts.keys()].join('')).toMatch(/^[0-9A-Za-z]{62}$/)
    // 1000 each; six standard deviations leave room for any honest source.
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(190)
    const floats = Array.from({ length: 10_000 }, () => random.float())
    expect(Math.min(...floats)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...floats)).toBeLessThan(1)
    expect(floats.filter((f) => f < 0.5).length).toBeGreaterThan(4600)
    expect(floats.filter((f) => f < 0.5).length).toBeLessThan(5400)
  })
})

describe('seeded random numbers', () => {
  test('repeat with their seed and differ between seeds', () => {
    const draw = (seed: string): unknown[] => {
      const random = seededRandom(seed)
      return [random.token(22), random.float(), [...random.bytes(7)]]
    }
    expect(draw('a')).toEqual(draw('a'))
    expect(new Set(['', 'a', 'b', 'ab', 'ba', 'a\0'].map((seed) => draw(seed)[0])).size).toBe(6)
  })
})

describe('the system clock', () => {
  test('fires timers, and not after they were cancelled', async () => {
    const fired: string[] = []
    const cancel = systemClock.setTimer(0, () => fired.push('cancelled'))
    cancel()
    await new Promise<void>((resolve) => {
      systemClock.setTimer(1, () => {
        fired.push('fired')
        resolve()
      })
    })
    cancel()
    expect(fired).toEqual(['fired'])
  })

  test('keeps delays that a timer of the platform cannot hold', async () => {
    const fired: string[] = []
    const cancel = systemClock.setTimer(2 ** 40, () => fired.push('early'), { background: true })
    await systemClock.sleep(5)
    cancel()
    expect(fired).toEqual([])
  })

  test('sleeps until aborted, with the reason of the signal', async () => {
    await expect(systemClock.sleep(0)).resolves.toBeUndefined()
    const reason = new Error('enough')
    await expect(systemClock.sleep(1e9, AbortSignal.abort(reason))).rejects.toBe(reason)
    const controller = new AbortController()
    const sleeping = systemClock.sleep(1e9, controller.signal)
    controller.abort(reason)
    await expect(sleeping).rejects.toBe(reason)
  })

  test('knows the time', () => {
    expect(systemClock.now()).toBeGreaterThan(Date.UTC(2024, 0))
    const before = systemClock.monotonic()
    expect(systemClock.monotonic()).toBeGreaterThanOrEqual(before)
  })
})

describe('a clock that is moved by hand', () => {
  test('fires what comes due, in order, and what is set on the way', () => {
    const clock = createManualClock(1_000)
    const fired: unknown[] = []
    const note = (what: string) => (): void => void fired.push([what, clock.now()])
    clock.setTimer(20, note('second'))
    clock.setTimer(10, () => clock.setTimer(5, note('between')))
    clock.setTimer(20, note('third'))
    const cancel = clock.setTimer(15, note('never'))
    cancel()
    clock.setTimer(31, note('later'))
    clock.advance(30)
    expect(fired).toEqual([
      ['between', 1_015],
      ['second', 1_020],
      ['third', 1_020],
    ])
    expect([clock.monotonic(), clock.now(), clock.timers]).toEqual([30, 1_030, 1])
  })

  test('lets what needs no time happen between timers', async () => {
    const clock = createManualClock()
    const woken: number[] = []
    async function sleeper(): Promise<void> {
      for (let turn = 0; turn < 3; turn++) {
        // oxlint-disable-next-line no-await-in-loop -- one sleep after another
        await clock.sleep(10)
        woken.push(clock.now())
      }
    }
    const slept = sleeper()
    await clock.advanceResting(30, () => new Promise((resolve) => setImmediate(resolve)))
    await slept
    expect(woken).toEqual([10, 20, 30])
  })

  test('finds its timers overdue after a machine slept', () => {
    const clock = createManualClock()
    let at = 0
    clock.setTimer(10, () => (at = clock.now()))
    clock.skip(500)
    expect(clock.fireNext(0)).toBe(true)
    expect([at, clock.fireNext(1e9)]).toEqual([500, false])
  })

  test('ends a sleep that is aborted, with the reason of the signal', async () => {
    const clock = createManualClock()
    const reason = new Error('enough')
    const controller = new AbortController()
    const sleeping = clock.sleep(10, controller.signal)
    controller.abort(reason)
    await expect(sleeping).rejects.toBe(reason)
    expect(clock.timers).toBe(0)
    await expect(clock.sleep(10, controller.signal)).rejects.toBe(reason)
  })
})

test('the silent logger stays silent', () => {
  expect(silentLogger.child({ a: 1 })).toBe(silentLogger)
  expect(silentLogger.error('x', { y: 1 })).toBeUndefined()
})
