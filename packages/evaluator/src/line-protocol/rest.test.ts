import { expect, it } from 'vitest'

import { lineLimits } from './limits.ts'
import { createRest } from './rest.ts'

const { restAllowanceMs, restLookMaxMs, restLookMs } = lineLimits

function stage() {
  let due: (() => void) | undefined
  const waits: number[] = []
  const process = { used: 0 as number | undefined, ended: 0 }
  const rest = createRest({
    usedMs: () => process.used,
    onUnrest: () => {
      process.ended += 1
    },
    setTimer(delayMs, callback) {
      waits.push(delayMs)
      due = callback
      return () => {
        due = undefined
      }
    },
  })
  const look = (): void => {
    const callback = due
    due = undefined
    callback?.()
  }
  return { rest, process, waits, look }
}

it('ends a sandbox that computes after its slice, and goes on with it', () => {
  const { look, process, rest } = stage()
  rest.begin()
  process.used = 5_000
  for (let looks = 0; looks < 2; looks += 1) {
    look()
    process.used += restAllowanceMs + 1
  }
  expect(process.ended).toBe(0)
  look()
  look()
  expect(process.ended).toBe(1)
})

it('takes what is over at the next look for tidying up', () => {
  const { look, process, rest } = stage()
  rest.begin()
  look()
  for (let times = 1; times < 4; times += 1) {
    process.used = times * 10 * restAllowanceMs
    for (let looks = 0; looks < 3; looks += 1) look()
  }
  expect(process.ended).toBe(0)
})

it('looks ever more rarely at one that rests', () => {
  const { look, process, rest, waits } = stage()
  rest.begin()
  for (let round = 0; round < 8; round += 1) {
    look()
    process.used = round * restAllowanceMs
  }
  expect(process.ended).toBe(0)
  expect(waits.slice(0, 4)).toEqual([restLookMs, restLookMs, restLookMs * 2, restLookMs * 4])
  expect(Math.max(...waits)).toBe(restLookMaxMs)
})

it('does not look while a slice runs, nor where nothing can be measured', () => {
  const { look, process, rest } = stage()
  rest.begin()
  look()
  rest.end()
  process.used = 1e6
  look()
  rest.begin()
  process.used = undefined
  look()
  process.used = 2e6
  look()
  expect(process.ended).toBe(0)
})
