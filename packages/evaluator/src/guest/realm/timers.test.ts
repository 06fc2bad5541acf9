import { describe, expect, it } from 'vitest'

import { createTimers, type SliceTimers } from './timers.ts'

interface Scene {
  readonly timers: SliceTimers
  readonly set: (...parameters: unknown[]) => number
  readonly uncaught: unknown[]
  /** Fires the oldest real timer; false when there is none. */
  readonly fire: () => boolean
}

function createScene(): Scene {
  const real = new Map<number, () => void>()
  const uncaught: unknown[] = []
  let last = 0
  const timers = createTimers(
    {
      post: () => undefined,
      now: () => 0,
      turn: async () => undefined,
      halt: () => undefined,
      setTimer: (callback) => {
        real.set((last += 1), callback)
        return last
      },
      clearTimer: (handle) => void real.delete(handle as number),
    },
    (thrown) => uncaught.push(thrown),
  )
  return {
    timers,
    set: timers.globals['setTimeout'] as Scene['set'],
    uncaught,
    fire() {
      const [first] = real
      if (first === undefined) return false
      real.delete(first[0])
      first[1]()
      return true
    },
  }
}

describe('the timers of a slice', () => {
  it('call with their arguments', () => {
    const { fire, set, timers } = createScene()
    const calls: unknown[] = []
    timers.open()
    set((...parameters: unknown[]) => calls.push(parameters), 5, 'a', 2)
    expect(fire()).toBe(true)
    expect(calls).toEqual([['a', 2]])
    expect(fire()).toBe(false)
  })

  it('end with it', () => {
    const { fire, set, timers } = createScene()
    timers.open()
    set(() => undefined, 5)
    timers.cancelAll()
    set(() => undefined, 5)
    expect(fire()).toBe(false)
  })

  it('repeat until they are cleared, from inside too', () => {
    const { fire, timers } = createScene()
    const { clearInterval, setInterval } = timers.globals as {
      setInterval: (handler: () => void, ms: number) => number
      clearInterval: (id: number) => void
    }
    let calls = 0
    timers.open()
    const id = setInterval(() => {
      calls += 1
      if (calls === 3) clearInterval(id)
    }, 1)
    while (fire());
    expect(calls).toBe(3)
  })

  it('hand over what they throw', () => {
    const { fire, set, timers, uncaught } = createScene()
    timers.open()
    set(() => {
      throw 'late'
    })
    fire()
    expect(uncaught).toEqual(['late'])
  })

  it('take functions only', () => {
    const { set } = createScene()
    expect(() => set('alert(1)', 1)).toThrow(TypeError)
  })
})
