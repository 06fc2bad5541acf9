import { describe, expect, it } from 'vitest'

import { createDoze, type Doze, spareMs } from './doze.ts'

describe('the time for which a thread can be spared', () => {
  const usual = { told: 1, slices: 100, length: 20, elapsedMs: 10 }
  const cases = [
    ['has a limit', usual, 40],
    ['is half of what is left', { ...usual, told: 95, elapsedMs: 950 }, 25],
    ['is nothing at the end', { ...usual, told: 97, elapsedMs: 970 }, 0],
    ['is nothing for slices about as long', { ...usual, elapsedMs: 30 }, 0],
    ['is nothing for slices that take no time', { ...usual, elapsedMs: 0.4 }, 0],
    ['is nothing for long results', { ...usual, told: 2, length: 10_000 }, 0],
    ['is nothing before the first result', { ...usual, told: 0 }, 0],
  ] as const
  it.each(cases)('%s', (_, pace, ms) => {
    expect(spareMs(pace)).toBe(ms)
  })
})

describe('a doze', () => {
  const pace = { told: 1, slices: 100, length: 20, elapsedMs: 1 }

  function setUp(): { doze: Doze; sleeps: number[]; pass: (ms: number) => void } {
    let time = 0
    const sleeps: number[] = []
    const pass = (ms: number): void => {
      time += ms
    }
    const sleep = (ms: number): void => {
      sleeps.push(ms)
      pass(ms)
    }
    return { doze: createDoze({ now: () => time, sleep }), sleeps, pass }
  }

  it('comes after a result, and again when all that came meanwhile was looked at', () => {
    const { doze, pass, sleeps } = setUp()
    doze.after('result', pace)
    for (let queued = 0; queued < 5; queued++) doze.after('result', pace)
    expect(sleeps).toEqual([40])
    pass(3)
    doze.after('result', pace)
    expect(sleeps).toEqual([40, 40])
  })

  it('comes after nothing else', () => {
    const { doze, sleeps } = setUp()
    doze.after('progress', pace)
    doze.after('console', pace)
    doze.after('result', undefined)
    expect(sleeps).toEqual([])
  })

  it.each(['fetch', 'dependency'] as const)('never comes once a slice made a %s', (report) => {
    const { doze, sleeps } = setUp()
    doze.after(report, undefined)
    doze.after('result', pace)
    expect(sleeps).toEqual([40])
    doze.after(report, pace)
    doze.after('result', pace)
    expect(sleeps).toEqual([40])
  })
})
