// Slices with which another worker was quicker: they end here at once, and only they.
import { expect, it } from 'vitest'

import { settled } from './_manual-clock.ts'
import { double, job, range, rangeTask, scene } from './_scene.ts'
import type { Scene } from './_scene.ts'
import { artifactsOf } from './_scripted-scheduler.ts'
import { limits } from './limits.ts'

type Lost = readonly (readonly [lease: string, slices: string])[]

const withdraw = ({ scheduler }: Scene, withdrawn: Lost): unknown =>
  scheduler.say('leases', { withdrawn })

/** A worker with ten slices, of which the given ones wait when they run for the first time. */
async function busy(...slow: readonly number[]): Promise<Scene> {
  const waits = new Set(slow)
  const made = await scene((input, slice, work) =>
    waits.delete(slice) ? 'wait' : double(input, slice, work),
  )
  made.scheduler.beginSession()
  made.scheduler.offer(rangeTask('a', '1-10'), range)
  return made
}

/** The same, where two more slices came before, so that a sandbox gets several at once. */
async function busyWithBatches(...slow: readonly number[]): Promise<Scene> {
  const waits = new Set(slow)
  const made = await scene(
    (input, slice, work) => (waits.delete(slice) ? 'wait' : double(input, slice, work)),
    { sandboxes: 1 },
  )
  const { finish, host, scheduler } = made
  scheduler.beginSession()
  scheduler.offer(rangeTask('first', '101-104'), range)
  await finish(() => scheduler.results.size === 4)
  host.batches.length = 0
  scheduler.offer(rangeTask('a', '1-8'))
  await finish(() => host.batches.flat().includes(Math.max(...slow)))
  return made
}

const computed = ({ scheduler }: Scene): number[] =>
  [...scheduler.results.keys()].toSorted((a, b) => a - b)

/** Nothing was told of slices that were withdrawn: neither a failure nor a return. */
function expectNoBlame({ scheduler, worker }: Scene): void {
  expect([scheduler.failures.size, scheduler.returned.size]).toEqual([0, 0])
  expect(worker.status().failed).toBe(0)
}

it('are not begun when they wait, and the others of their task are', async () => {
  const made = await busy(1, 2)
  const { finish, host, scheduler, worker } = made
  await finish(() => host.batches.length === 2)
  expect(withdraw(made, [['a', '3-5,7-9']])).toBe('success')
  expect(worker.status()).toMatchObject({ leases: 1, open: 4 })
  host.release()
  await finish(() => scheduler.results.size === 4)
  expect(host.batches.flat().toSorted((a, b) => a - b)).toEqual([1, 2, 6, 10])
  expect(worker.status()).toMatchObject({ leases: 0, open: 0 })
  expect(host.made.some(({ killed }) => killed)).toBe(false)
  expectNoBlame(made)
})

it('end soon when they are in progress, and their sandbox computes others', async () => {
  const made = await busy(1, 2)
  const { clock, finish, host } = made
  await finish(() => host.batches.length === 2)
  withdraw(made, [['a', '1']])
  await clock.advance(limits.abandonGraceMs - 1)
  expect(host.made.filter(({ killed }) => killed)).toEqual([])
  await clock.advance(1)
  expect(host.made.filter(({ killed }) => killed)).toHaveLength(1)
  await finish(() => made.scheduler.results.size === 8)
  host.release()
  await finish(() => made.worker.status().open === 0 && made.scheduler.results.size === 9)
  expect(computed(made)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10])
  expectNoBlame(made)
})

it('may end by themselves for a moment, and cost no sandbox then', async () => {
  const made = await busy(1, 2)
  const { clock, finish, host } = made
  await finish(() => host.batches.length === 2)
  withdraw(made, [['a', '1-2']])
  host.release()
  await finish(() => made.scheduler.results.size === 8)
  await clock.advance(limits.abandonGraceMs)
  expect(computed(made)).toEqual([3, 4, 5, 6, 7, 8, 9, 10])
  expect(host.made.map(({ killed }) => killed)).toEqual([false, false])
  expectNoBlame(made)
})

it('leave those that share a batch with them to another one', async () => {
  const made = await busyWithBatches(1)
  const { clock, finish, host } = made
  expect(host.batches.at(-1)?.length).toBeGreaterThan(1)
  withdraw(made, [['a', '1,3']])
  await clock.advance(limits.abandonGraceMs)
  expect(host.made[0]?.killed).toBe(true)
  await finish(() => made.worker.status().open === 0)
  await finish(() => computed(made).length === 10)
  expect(computed(made)).toEqual([2, 4, 5, 6, 7, 8, 101, 102, 103, 104])
  expectNoBlame(made)
})

it('do not end a slice before them that is wanted still', async () => {
  const made = await busyWithBatches(1)
  const { clock, finish, host } = made
  withdraw(made, [['a', '2-8']])
  await clock.advance(2 * limits.abandonGraceMs)
  expect(host.made[0]?.killed).toBe(false)
  host.release()
  await finish(() => made.worker.status().open === 0)
  await finish(() => computed(made).length === 5)
  expect(computed(made)).toEqual([1, 101, 102, 103, 104])
  expect(host.batches.flat().filter((slice) => slice === 1)).toEqual([1])
  expectNoBlame(made)
})

it('end even when the one before them was wanted until now', async () => {
  const made = await busyWithBatches(1)
  const { clock, finish, host } = made
  withdraw(made, [['a', '2']])
  await clock.advance(limits.abandonGraceMs)
  expect(host.made[0]?.killed).toBe(false)
  withdraw(made, [['a', '1']])
  await clock.advance(limits.abandonGraceMs)
  expect(host.made[0]?.killed).toBe(true)
  await finish(() => made.worker.status().open === 0)
  expectNoBlame(made)
})

it('take no time that would count for the others', async () => {
  const made = await busyWithBatches(2)
  const { clock, finish, host } = made
  withdraw(made, [['a', '2']])
  await clock.advance(limits.abandonGraceMs)
  await finish(() => computed(made).length === 11)
  // Half a second for a slice would make its worker go on by twos.
  expect(host.batches.at(-1)).toEqual([3, 4, 5, 6, 7, 8])
  expectNoBlame(made)
})

it('are not begun when they wait for their sandbox', async () => {
  const made = await busy()
  const { finish, host, worker } = made
  for (let turn = 0; turn < 1_000 && worker.status().running < 2; turn++) await Promise.resolve()
  expect([worker.status().running, host.batches]).toEqual([2, []])
  withdraw(made, [['a', '1-2']])
  await finish(() => computed(made).length === 8)
  expect(host.batches.flat().toSorted((a, b) => a - b)).toEqual([3, 4, 5, 6, 7, 8, 9, 10])
  expectNoBlame(made)
})

it('make room for other work when they were all that was left', async () => {
  const made = await busy(1, 2)
  const { finish, host, scheduler, worker } = made
  await finish(() => host.batches.length === 2)
  withdraw(made, [['a', '1-10']])
  expect(worker.status()).toMatchObject({ leases: 0, open: 0 })
  scheduler.offer(rangeTask('b', '21-22'))
  await finish(() => scheduler.results.size === 2)
  expect(computed(made)).toEqual([21, 22])
  expectNoBlame(made)
})

it.each([
  ['of a part of it', { withdrawn: [['a', '1-3']] }, [4, 5]],
  ['that it is over', { void: ['a'] }, []],
])('are remembered of a lease whose job is being opened: %s', async (_what, notice, left) => {
  let arrive: (text: string) => void = () => undefined
  let asked = false
  const fetchText = (): Promise<string> => {
    asked = true
    return new Promise((resolve) => {
      arrive = resolve
    })
  }
  const made = await scene(double, {}, { fetchText })
  const { finish, host, scheduler } = made
  scheduler.beginSession()
  const workFunctionURI = 'http://127.0.0.1:4280/work.js'
  const dataRange = { start: 1, end: 9, step: 1 }
  scheduler.offer(rangeTask('a', '1-5'), artifactsOf(job, { workFunctionURI, dataRange }))
  await finish(() => asked)
  scheduler.say('leases', notice)
  arrive('x => x')
  await settled()
  scheduler.offer(rangeTask('b', '9'))
  await finish(() => scheduler.results.has(9))
  await finish(() => scheduler.results.size === left.length + 1)
  expect(host.batches.flat().toSorted((a, b) => a - b)).toEqual([...left, 9])
  expectNoBlame(made)
})

it('are nobody else’s business: a notice of an unknown lease, or none at all', async () => {
  const made = await busy(1, 2)
  const { finish, host, scheduler, worker } = made
  await finish(() => host.batches.length === 2)
  withdraw(made, [['b', '1-10']])
  withdraw(made, [['a', '11-9007199254740991']])
  scheduler.say('leases', { withdrawn: 'all of them' })
  scheduler.say('leases', { withdrawn: [null, [7, 8], []] })
  const torn = (): unknown =>
    withdraw(made, [
      ['a', '1-3'],
      ['a', '9-1'],
    ])
  expect(torn).toThrow('slices must be ascending')
  expect(worker.status()).toMatchObject({ leases: 1, open: 10 })
})
