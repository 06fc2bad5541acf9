import { describe, expect, it } from 'vitest'

import { guestLimits } from '../limits.ts'
import type { RealmReport } from '../messages.ts'
import { createSliceConsole, type SliceConsole } from './console.ts'

interface Scene {
  readonly console: SliceConsole
  readonly told: unknown[]
  readonly advance: (ms: number) => void
}

function createScene(): Scene {
  let now = 0
  const told: unknown[] = []
  const post = (report: RealmReport): void => {
    const [, slice, level, same, message] = structuredClone(report) as RealmReport &
      readonly ['console', ...unknown[]]
    told.push([slice, level, same, message?.value])
  }
  return {
    console: createSliceConsole(post, () => now),
    told,
    advance: (ms) => {
      now += ms
    },
  }
}

describe('the console of a work function', () => {
  it('counts equal calls in a row', () => {
    const { console, told } = createScene()
    console.open(4)
    for (let count = 0; count < 5; count += 1) console.say('log', 'same', 1)
    console.say('log', 'other')
    console.say('warn', 'other')
    console.close()
    expect(told).toEqual([
      [4, 'log', 1, ['same', 1]],
      [4, 'log', 5, undefined],
      [4, 'log', 1, ['other']],
      [4, 'warn', 1, ['other']],
    ])
  })

  it('keeps what is said between slices for the next one', () => {
    const { console, told } = createScene()
    for (let count = 0; count < 200; count += 1) console.say('info', count)
    expect(told).toEqual([])
    console.open(9)
    expect(told.length).toBe(guestLimits.heldConsoleMax)
    expect(told[0]).toEqual([9, 'info', 1, [0]])
  })

  it('drops a flood and says so once', () => {
    const { advance, console, told } = createScene()
    console.open(1)
    for (let count = 0; count < 10_000; count += 1) console.say('log', count)
    expect(told.length).toBe(guestLimits.consoleBurst + 1)
    expect(String(told.at(-1))).toContain('consolePerSecond')
    advance(1_000)
    for (let count = 0; count < 10_000; count += 1) console.say('log', -count)
    expect(told.length).toBe(guestLimits.consoleBurst + 1 + guestLimits.consolePerSecond)
  })

  it('shows what cannot be sent as text', () => {
    const { console, told } = createScene()
    console.open(1)
    console.say('log', 'a', () => 1, Symbol('s'), Promise.resolve())
    console.say('log', 'x'.repeat(100_000))
    expect(told).toEqual([
      [1, 'log', 1, ['a', '() => 1', 'Symbol(s)', '[object Promise]']],
      [1, 'log', 1, ['(a text of 100000 characters)']],
    ])
  })
})
