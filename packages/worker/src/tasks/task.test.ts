// What is left of a task when some of its slices are withdrawn.
import { parseSliceSet } from '@manyhands/protocol'
import { expect, it } from 'vitest'

import { range, rangeTask } from '../_scene.ts'
import { openJob } from './job.ts'
import { holdTask } from './task.ts'
import type { HeldTask } from './task.ts'

const nothing = { workFunction: () => Promise.resolve(''), argument: () => Promise.resolve('') }

async function tenSlices(): Promise<HeldTask> {
  return holdTask(rangeTask('a', '1-10'), await openJob(range, nothing))
}

it('neither waits nor comes back', async () => {
  const task = await tenSlices()
  const { slices } = task.take(4)
  task.end(1)
  expect(slices).toEqual([1, 2, 3, 4])
  task.putBack([4])
  expect(task.withdraw(parseSliceSet('1,3-5,9'))).toBe(4)
  expect([task.open, task.pending, task.total]).toEqual([5, 4, 10])
  task.putBack([2, 3])
  expect(task.pending).toBe(5)
  expect(task.withdraw(parseSliceSet('1,3-5,9'))).toBe(0)
  expect(task.take(10)).toEqual({ slices: [2, 6, 7, 8, 10], values: ['2', '6', '7', '8', '10'] })
  expect(task.end(3)).toBe(false)
})

it('is not given back', async () => {
  const task = await tenSlices()
  task.take(1)
  task.withdraw(parseSliceSet('3-9007199254740991'))
  expect(task.endPending()).toEqual([2])
  expect([task.endAll(), task.pending]).toEqual([[1], 0])
})
