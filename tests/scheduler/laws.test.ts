// The laws of a slice's life: answered means durable, and one result for each slice.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { columnOf, parseSliceSet, sliceCount } from '@manyhands/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { deploy, deployValues, submitData } from './_deploying.ts'
import { settle } from './_manual-clock.ts'
import { createRig, type Peer, type Rig } from './_rig.ts'
import {
  oneTask,
  requestTask,
  resultsHeard,
  resultsOf,
  sendResults,
  work,
  workerId,
} from './_working.ts'

let rig: Rig
let client: Peer
let worker: Peer
beforeEach(async () => {
  rig = await createRig()
  client = rig.peer(1)
  worker = rig.peer(2)
})
afterEach(() => rig.close())

describe('deploying', () => {
  it('costs the same rows for ten slices and for 10^15', async () => {
    const tables = ['jobs', 'job_cursor', 'job_progress', 'piles', 'leases', 'holes', 'results']
    const rows = (): number[] => tables.map((table) => rig.count(table))
    await deploy(client, { dataRange: { start: 1, end: 10, step: 1 } })
    const small = rows()
    await deploy(client, { dataRange: { start: 1, end: 1e15, step: 1 } })
    expect(rows()).toEqual(small.map((n) => n * 2))
  })

  it('hands out of 10^15 slices only what is asked for', async () => {
    await deploy(client, { dataRange: { start: 1, end: 1e15, step: 1 }, estimationSlices: 0 })
    const task = await oneTask(worker)
    expect(task).toMatchObject({ slices: '1' })
    expect(task.values).toBeUndefined()
    await sendResults(worker, resultsOf(task))
    expect(sliceCount(parseSliceSet((await oneTask(worker)).slices))).toBeLessThanOrEqual(4096)
    expect(rig.count('leases')).toBe(2)
  })

  it('answers the same job sent again, and refuses another under its name', async () => {
    const data = submitData(client.address, { dataRange: { start: 1, end: 3, step: 1 } })
    const first = await client.send('jobSubmit.submit@5', data)
    expect(await client.send('jobSubmit.submit@5', data)).toEqual(first)
    await expect(
      client.send('jobSubmit.submit@5', { ...data, dataRange: { start: 1, end: 4, step: 1 } }),
    ).rejects.toMatchObject({ code: 'EEXIST' })
    expect(rig.count('jobs')).toBe(1)
  })
})

describe('a repeated request', () => {
  it('gets the first reply again, and adds slices once', async () => {
    const job = await deploy(client)
    const data = { job, dataValues: columnOf([1, 2, 3]) }
    const again = { stamp: 'the-same' }
    const first = await client.send('jobSubmit.addSliceData', data, again)
    await client.send('jobSubmit.addSliceData', { job, dataValues: columnOf([4]) })
    expect(await client.send('jobSubmit.addSliceData', data, again)).toEqual(first)
    expect(first).toEqual({ success: true, lastSliceNumber: 3 })
  })

  it('gets its first reply also from a scheduler that was started again', async () => {
    await deploy(client, { dataRange: { start: 1, end: 3, step: 1 } })
    const chunk = resultsOf(await oneTask(worker))
    const first = await sendResults(worker, chunk, 'once')
    await rig.restart()
    expect(await sendResults(worker, chunk, 'once')).toEqual(first)
    expect(rig.count('results')).toBe(1)
  })

  it('is carried out afresh after a refusal', async () => {
    const data = { job: 'job9990000000000000000', dataValues: columnOf([1]) }
    const stamp = { stamp: 'refused-first' }
    await expect(client.send('jobSubmit.addSliceData', data, stamp)).rejects.toMatchObject({
      code: 'ENOENT',
    })
    await deploy(client, { id: data.job })
    expect(await client.send('jobSubmit.addSliceData', data, stamp)).toMatchObject({
      success: true,
    })
  })
})

describe('results', () => {
  it('are accepted once, however often and by whomever they are sent', async () => {
    await deployValues(client, [1])
    const task = await oneTask(worker)
    const chunk = resultsOf(task)
    expect(await sendResults(worker, chunk)).toMatchObject({ accepted: 1 })
    expect(await sendResults(worker, chunk)).toEqual({ accepted: 0, duplicate: '1', refused: [] })
    await settle()
    expect(resultsHeard(client)).toBe(1)
    expect(rig.count('results')).toBe(1)
  })

  it('are refused for slices that the lease does not hold', async () => {
    await deployValues(client, [1, 2, 3])
    const task = await oneTask(worker)
    const chunk = { ...resultsOf(task), slices: '1-2', values: columnOf([10, 20]) }
    expect(await sendResults(worker, chunk)).toEqual({
      accepted: 1,
      duplicate: '',
      refused: [['2', 'EBADARG']],
    })
  })

  it('are refused from another identity, another worker, and for no lease at all', async () => {
    await deployValues(client, [1])
    const task = await oneTask(worker)
    const refused = (code: string): unknown => ({
      accepted: 0,
      duplicate: '',
      refused: [['1', code]],
    })
    expect(await sendResults(rig.peer(3), resultsOf(task))).toEqual(refused('EPERM'))
    expect(await sendResults(worker, resultsOf(task, workerId(7)))).toEqual(refused('EPERM'))
    const nothing = { ...resultsOf(task), lease: 'none' }
    expect(await sendResults(worker, nothing)).toEqual(refused('ENOENT'))
    expect(rig.count('results')).toBe(0)
  })

  it('that are late count while the slice is missing, and not after', async () => {
    await deployValues(client, [1])
    const late = await oneTask(worker)
    await rig.clock.advance(31_000)
    const other = rig.peer(3)
    const second = await oneTask(other, { id: workerId(2) })
    expect(second).toMatchObject({ slices: '1', kind: 'retry' })
    expect(await sendResults(worker, resultsOf(late))).toMatchObject({ accepted: 1 })
    expect(await sendResults(other, resultsOf(second, workerId(2)))).toMatchObject({
      accepted: 0,
      duplicate: '1',
    })
    expect(rig.count('results')).toBe(1)
  })

  it('for a job that was cancelled are worth nothing, and no error', async () => {
    const job = await deployValues(client, [1, 2])
    const task = await oneTask(worker)
    expect(await client.send('jobSubmit.cancelJob', { job, reason: 'enough' })).toMatchObject({
      status: 'cancelled',
    })
    expect(await sendResults(worker, resultsOf(task))).toEqual({
      accepted: 0,
      duplicate: '1',
      refused: [],
    })
    await settle()
    expect(client.heard('stop')).toMatchObject([
      { runStatus: 'cancelled', reason: 'enough', code: 'ECANCEL', sliceCount: 2 },
    ])
    expect((await requestTask(worker)).tasks).toEqual([])
  })
})

describe('a scheduler that is started again', () => {
  it('goes on with jobs, leases, holes and positions', async () => {
    const job = await deployValues(client, [1, 2, 3, 4, 5, 6], [], { estimationSlices: 0 })
    await sendResults(worker, resultsOf(await oneTask(worker)))
    const held = await oneTask(worker)
    await rig.restart()
    expect(rig.scheduler.load()).toMatchObject({ liveJobs: 1, leases: 1 })
    expect(await sendResults(worker, resultsOf(held))).toMatchObject({ refused: [] })
    await work(worker)
    const later = rig.peer(1)
    const filter = { job }
    for (const label of ['results', 'stop']) {
      await later.send('eventRouter.subscribe', { label, options: { filter, from: 2 } })
    }
    await settle()
    expect(resultsHeard(later)).toBe(4)
    expect(later.heard('stop')).toMatchObject([{ runStatus: 'finished' }])
  })

  it('issues again at once what its predecessor gave and nobody got', async () => {
    await deployValues(client, [1])
    await oneTask(worker)
    await rig.restart()
    const beat = { worker: workerId(1), incarnation: 'life-1', leases: [] }
    await worker.send('resultSubmitter.heartbeat', beat)
    expect(await oneTask(worker)).toMatchObject({ slices: '1', kind: 'retry' })
  })

  it('has lost nothing of a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'scheduler-'))
    const file = join(folder, 'scheduler.sqlite')
    const first = await createRig({ file })
    await deployValues(first.peer(1), [1, 2, 3], [])
    await first.close()
    const second = await createRig({ file })
    expect(await work(second.peer(2))).toBe(3)
    await second.close()
    await rm(folder, { recursive: true })
  })
})

it('says so when the disk is full, and goes on as before when there is room', async () => {
  const job = await deployValues(client, [1, 2, 3], ['results', 'stop'])
  const task = await oneTask(worker)
  rig.fillDisk(true)
  await expect(sendResults(worker, resultsOf(task))).rejects.toMatchObject({ code: 'ENOSPC' })
  await expect(requestTask(rig.peer(3), { id: workerId(2) })).rejects.toMatchObject({
    code: 'ENOSPC',
    retryable: true,
  })
  await expect(client.send('jobSubmit.cancelJob', { job })).rejects.toMatchObject({
    code: 'ENOSPC',
  })
  rig.fillDisk(false)
  expect(await sendResults(worker, resultsOf(task))).toMatchObject({ accepted: 1 })
  expect(await work(worker)).toBe(2)
  await settle()
  expect(client.heard('stop')).toMatchObject([{ runStatus: 'finished' }])
})

it('cancels an open job whose owner was not heard of for a day', async () => {
  const job = await deploy(client)
  await client.send('jobSubmit.addSliceData', { job, dataValues: columnOf([1]) })
  rig.clock.skip(23 * 3_600_000)
  await rig.clock.advance(60_000)
  expect(rig.scheduler.load().liveJobs).toBe(1)
  rig.clock.skip(3_600_000)
  await rig.clock.advance(60_000)
  expect(rig.scheduler.load().liveJobs).toBe(0)
})
