import { describe, expect, it } from 'vitest'

import { createPace } from '../slices/batch-size.ts'
import type { HeldJob } from './job.ts'
import { wantedLoad } from './prefetch.ts'

/** A task of 100 slices of which so many are left. */
function task(
  open: number,
  pending: number,
  meanMs?: number,
): Parameters<typeof wantedLoad>[0]['tasks'] {
  const pace = createPace()
  if (meanMs !== undefined) pace.note(1, meanMs)
  return [{ open, pending, job: { pace } as HeldJob }]
}

const load = { lastTaskSize: 100, sandboxes: 4, free: 0 }

describe('the work asked for', () => {
  it('fills every sandbox when there is none', () => {
    expect(wantedLoad({ ...load, tasks: [], free: 4 })).toBe(4)
  })

  it('is none while more than half of the task is left', () => {
    expect(wantedLoad({ ...load, tasks: task(60, 50, 5) })).toBe(0)
    expect(wantedLoad({ ...load, tasks: task(60, 50, 5), free: 1 })).toBe(0)
  })

  it('is the next task when less than half is left', () => {
    expect(wantedLoad({ ...load, tasks: task(49, 40, 5) })).toBe(4)
  })

  it('fills the idle sandboxes alone when slices are long', () => {
    expect(wantedLoad({ ...load, tasks: task(3, 0, 5_000), free: 1 })).toBe(1)
    expect(wantedLoad({ ...load, tasks: task(4, 0, 5_000) })).toBe(0)
    expect(wantedLoad({ ...load, tasks: task(3, 0), free: 1 })).toBe(1)
  })

  it('is none while no sandbox can be had', () => {
    expect(wantedLoad({ ...load, tasks: task(100, 100, 5) })).toBe(0)
    expect(wantedLoad({ ...load, tasks: [] })).toBe(0)
  })
})
