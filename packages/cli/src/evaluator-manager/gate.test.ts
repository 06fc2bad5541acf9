import { createManualClock } from '@manyhands/protocol'
import { afterEach, describe, expect, it } from 'vitest'

import { type Gate, openGate } from './gate.ts'
import type { Monitor } from './monitor.ts'

describe('the gate', () => {
  let gate: Gate | undefined
  afterEach(() => gate?.close())

  it('tells every change, once', async () => {
    const clock = createManualClock(0)
    const reasons = new Map<string, string>([['signal', 'came']])
    const monitors: Monitor[] = (['signal', 'battery'] as const).map((name) => ({
      name,
      look: async () => reasons.get(name),
    }))
    const told: (readonly string[])[] = []
    const onChange = (now: readonly string[]): void => void told.push(now)
    gate = await openGate({ monitors, pollMs: 3_000, onChange }, clock)
    expect(gate.reasons()).toEqual(['signal: came'])
    await gate.look()
    reasons.set('battery', 'low').delete('signal')
    await gate.look()
    reasons.clear()
    clock.advance(3_000)
    // The look that the timer began ends before one that begins after it.
    await gate.look()
    expect(told).toEqual([['signal: came'], ['battery: low'], []])
  })

  it('is closed while a monitor cannot look', async () => {
    const look = async (): Promise<undefined> => {
      throw new Error('no such file')
    }
    const monitors = [{ name: 'load' as const, look }]
    gate = await openGate({ monitors, pollMs: 1, onChange: () => undefined }, createManualClock(0))
    expect(gate.reasons()).toEqual(['load: no such file'])
  })

  it('forgets what an earlier look found when a later one was quicker', async () => {
    let release = (): void => undefined
    const slow = new Promise<undefined>((resolve) => {
      release = () => resolve(undefined)
    })
    const answers: Promise<string | undefined>[] = [
      Promise.resolve(undefined),
      slow,
      Promise.resolve('in use'),
    ]
    const look = (): Promise<string | undefined> => answers.shift() ?? Promise.resolve(undefined)
    const monitors = [{ name: 'session' as const, look }]
    gate = await openGate({ monitors, pollMs: 1, onChange: () => undefined }, createManualClock(0))
    const earlier = gate.look()
    await gate.look()
    release()
    await earlier
    expect(gate.reasons()).toEqual(['session: in use'])
  })
})
