// How the slices of several jobs are shared among workers, and how large tasks become.
import { parseSliceSet, sliceCount } from '@manyhands/protocol'
import { afterEach, beforeEach, expect, it } from 'vitest'

import { deploy } from './_deploying.ts'
import { settle } from './_manual-clock.ts'
import { createRig, type Peer, type Rig } from './_rig.ts'
import { oneTask, requestTask, resultsOf, workerId } from './_working.ts'

let rig: Rig
let worker: Peer
beforeEach(async () => {
  rig = await createRig()
  worker = rig.peer(2)
})
afterEach(() => rig.close())

const range = { start: 1, end: 1_000_000, step: 1 }

/** Takes a task, lets the time pass that its slices take, sends the results; the job and the count. */
async function turn(msPerSlice: (job: string) => number, options = {}): Promise<[string, number]> {
  const task = await oneTask(worker, options)
  const count = sliceCount(parseSliceSet(task.slices))
  const ms = count * msPerSlice(task.job)
  rig.clock.skip(ms)
  await worker.send('resultSubmitter.results@1', { ...resultsOf(task), cpuMs: ms })
  return [task.job, count]
}

it('gives tasks of half a second, after a few single slices', async () => {
  await deploy(rig.peer(1), { dataRange: range })
  const counts: number[] = []
  for (let i = 0; i < 6; i++) counts.push((await turn(() => 10))[1])
  expect(counts).toEqual([1, 1, 1, 50, 50, 50])
})

it('gives larger tasks to workers with more sandboxes, and smaller ones when slices get slow', async () => {
  await deploy(rig.peer(1), { dataRange: range, estimationSlices: 0 })
  await turn(() => 10)
  expect((await turn(() => 10, { sandboxes: 4 }))[1]).toBe(200)
  await turn(() => 100)
  expect((await turn(() => 100))[1]).toBeLessThan(20)
})

it('gives two jobs equal time, whoever came first and whatever their slices take', async () => {
  const quick = await deploy(rig.peer(1), { dataRange: range, estimationSlices: 0 })
  const slow = await deploy(rig.peer(3), { dataRange: range, estimationSlices: 0 })
  const time = new Map([
    [quick, 0],
    [slow, 0],
  ])
  const msOf = (job: string): number => (job === quick ? 5 : 100)
  for (let i = 0; i < 60; i++) {
    const [job, count] = await turn(msOf)
    time.set(job, (time.get(job) ?? 0) + count * msOf(job))
  }
  const share = (time.get(quick) ?? 0) / ((time.get(quick) ?? 0) + (time.get(slow) ?? 0))
  expect(share).toBeGreaterThan(0.4)
  expect(share).toBeLessThan(0.6)
})

it('gives a worker no task of a job that it rejects, and others what is left', async () => {
  const left = await deploy(rig.peer(1), { dataRange: range })
  expect((await requestTask(worker, { rejectedJobs: [left] })).tasks).toEqual([])
  const other = await deploy(rig.peer(3), { dataRange: range })
  expect((await oneTask(worker, { rejectedJobs: [left] })).job).toBe(other)
  expect((await oneTask(rig.peer(4), { id: workerId(4) })).job).toBe(left)
})

it('lets a new job be served at once beside an old one', async () => {
  const old = await deploy(rig.peer(1), { dataRange: range })
  for (let i = 0; i < 10; i++) await turn(() => 10)
  const fresh = await deploy(rig.peer(3), { dataRange: range })
  const jobs: string[] = []
  for (let i = 0; i < 4; i++) jobs.push((await turn(() => 10))[0])
  expect(jobs).toContain(old)
  expect(jobs).toContain(fresh)
})

it('fills an answer from several jobs while each of them is being measured', async () => {
  const jobs = [
    await deploy(rig.peer(1), { dataRange: range }),
    await deploy(rig.peer(3), { dataRange: range }),
  ]
  const { tasks } = await requestTask(worker, { sandboxes: 4 })
  expect(tasks.map(({ job }) => job)).toEqual(jobs)
  expect(tasks.map(({ slices }) => slices)).toEqual(['1-2', '1-2'])
})

it('gives no more slices to be measured than the job asks for', async () => {
  await deploy(rig.peer(1), { dataRange: range, estimationSlices: 3 })
  const { tasks } = await requestTask(worker, { sandboxes: 8 })
  expect(tasks.map(({ slices }) => slices)).toEqual(['1-3'])
})

it('gives a slice of a discrete job to each of many workers', async () => {
  await deploy(rig.peer(1), { dataRange: range, discrete: true })
  expect((await requestTask(worker)).tasks).toMatchObject([{ slices: '1' }])
  expect((await requestTask(worker)).tasks).toEqual([])
  const other = await requestTask(rig.peer(3), { id: workerId(2) })
  expect(other.tasks).toMatchObject([{ slices: '2' }])
})

it('answers as many held requests as there is work for, first come first served', async () => {
  const waiting = [2, 3, 4].map((n) =>
    requestTask(rig.peer(n), { id: workerId(n), waitMs: 30_000 }),
  )
  await settle()
  await deploy(rig.peer(1), { dataRange: { start: 1, end: 2, step: 1 } })
  await settle()
  expect(rig.scheduler.load().waiting).toBe(1)
  await rig.clock.advance(30_000)
  const counts = (await Promise.all(waiting)).map(({ tasks }) => tasks.length)
  expect(counts).toEqual([1, 1, 0])
})
