import { createManualClock, type ManualClock } from '@manyhands/protocol'
import { expect, test } from 'vitest'

import { watchIdle } from './idle-watch.ts'
import { idleLookMaxMs, idleLookMs } from '../limits.ts'

const allowanceMs = 500

interface Stage {
  readonly clock: ManualClock
  /** Milliseconds used so far; undefined: nobody can tell. */
  used: number | undefined
  rest: number | undefined
  readonly unrest: number[]
  looks: number
  readonly close: () => void
  /** Lets looks happen. */
  advance(ms: number): Promise<void>
}

function stage(): Stage {
  const clock = createManualClock()
  const made: Stage = {
    clock,
    used: 0,
    rest: 1,
    unrest: [],
    looks: 0,
    close: watchIdle({
      clock,
      allowanceMs,
      rest: () => made.rest,
      async measure() {
        made.looks += 1
        return made.used
      },
      onUnrest: (usedMs) => made.unrest.push(usedMs),
    }),
    async advance(ms) {
      for (let done = 0; done < ms; done += idleLookMs) {
        clock.advance(idleLookMs)
        await new Promise((resolve) => setImmediate(resolve))
      }
    },
  }
  return made
}

test('finds a sandbox that computes while it rests, and says so once', async () => {
  const idle = stage()
  for (let looks = 0; looks < 5; looks += 1) {
    await idle.advance(idleLookMs)
    idle.used = (idle.used ?? 0) + allowanceMs + 1
  }
  expect(idle.unrest).toEqual([allowanceMs + 1])
  await idle.advance(2 * idleLookMaxMs)
  expect(idle.unrest).toHaveLength(1)
})

test('takes what is over at the next look for tidying up', async () => {
  const idle = stage()
  await idle.advance(idleLookMs)
  for (let times = 1; times < 4; times += 1) {
    idle.used = times * 10 * allowanceMs
    await idle.advance(3 * idleLookMaxMs)
  }
  expect(idle.unrest).toEqual([])
})

test('allows a little, and looks ever more rarely at one that rests', async () => {
  const idle = stage()
  for (let round = 1; round < 8; round += 1) {
    await idle.advance(idleLookMaxMs)
    idle.used = round * allowanceMs
  }
  expect(idle.unrest).toEqual([])
  expect(idle.looks).toBeLessThan(14)
})

test('leaves alone what computes a batch, or has done so since the last look', async () => {
  const idle = stage()
  idle.rest = undefined
  await idle.advance(idleLookMs)
  expect(idle.looks).toBe(0)
  for (let batch = 2; batch < 10; batch += 1) {
    idle.rest = batch
    idle.used = batch * 2_000
    await idle.advance(idleLookMs)
  }
  expect(idle.unrest).toEqual([])
})

test('believes nothing where nothing can be measured, and looks no more when closed', async () => {
  const idle = stage()
  await idle.advance(idleLookMs)
  idle.used = undefined
  await idle.advance(idleLookMs)
  idle.used = 1e6
  await idle.advance(idleLookMs)
  expect(idle.unrest).toEqual([])
  idle.close()
  idle.used = 2e6
  await idle.advance(2 * idleLookMaxMs)
  expect(idle.unrest).toEqual([])
})
