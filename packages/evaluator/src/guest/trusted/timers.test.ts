import { expect, it } from 'vitest'

import { every, later } from './timers.ts'

it('calls back in the order of the delays', async () => {
  const called: string[] = []
  later(() => called.push('second'), 20)
  later(() => called.push('first'), 5)
  await new Promise<void>((resolve) => {
    later(resolve, 40)
  })
  expect(called).toEqual(['first', 'second'])
})

it('does not call back when it was cancelled', async () => {
  let called = false
  const cancel = later(() => {
    called = true
  }, 1)
  cancel()
  await new Promise<void>((resolve) => {
    later(resolve, 10)
  })
  expect(called).toBe(false)
})

it('calls back again and again', async () => {
  let count = 0
  await new Promise<void>((resolve) => {
    every(() => {
      count += 1
      if (count === 3) resolve()
    }, 1)
  })
  expect(count).toBe(3)
})
