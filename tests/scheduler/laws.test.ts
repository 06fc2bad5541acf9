// The laws of a slice's life: answered means durable, one result for each slice, every lease ends.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { ColumnResultsReply, ColumnTask, HeartbeatReply } from '@manyhands/protocol'
import { columnOf, parseSliceSet, sliceCount } from '@manyhands/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { deploy, deployValues, submitData } from './_deploying.ts'
import { settle } from './_manual-clock.ts'
import { createRig, type Peer, type Rig } from './_rig.ts'
import { requestTask, resultsOf, work, workerId } from './_working.ts'

let rig: Rig
let client: Peer
let worker: Peer
beforeEach(async () => {
  rig = await createRig()
  client = rig.peer(1)
  worker = rig.peer(2)
})
afterEach(() => rig.close())

async function oneTask(peer: Peer, options = {}): Promise<ColumnTask> {
  const { tasks } = await requestTask(peer, options)
  const [task] = tasks
  if (task === undefined) throw new Error('there was no task')
  return task
}

function send(peer: Peer, data: unknown, stamp?: string): Promise<ColumnResultsReply> {
  const options = stamp === undefined ? {} : { stamp }
  return peer.send('resultSubmitter.results@1', data, options) as Promise<ColumnResultsReply>
}

function seen(peer: Peer): number {
  let sum = 0
  for (const { slices } of peer.heard('results')) sum += sliceCount(parseSliceSet(String(slices)))
  return sum
}

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
    await send(worker, resultsOf(task))
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
    const first = await send(worker, chunk, 'once')
    await rig.restart()
    expect(await send(worker, chunk, 'once')).toEqual(first)
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
    expect(await send(worker, chunk)).toMatchObject({ accepted: 1 })
    expect(await send(worker, chunk)).toEqual({ accepted: 0, duplicate: '1', refused: [] })
    await settle()
    expect(seen(client)).toBe(1)
    expect(rig.count('results')).toBe(1)
  })

  it('are refused for slices that the lease does not hold', async () => {
    await deployValues(client, [1, 2, 3])
    const task = await oneTask(worker)
    const chunk = { ...resultsOf(task), slices: '1-2', values: columnOf([10, 20]) }
    expect(await send(worker, chunk)).toEqual({
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
    expect(await send(rig.peer(3), resultsOf(task))).toEqual(refused('EPERM'))
    expect(await send(worker, resultsOf(task, workerId(7)))).toEqual(refused('EPERM'))
    const nothing = { ...resultsOf(task), lease: 'none' }
    expect(await send(worker, nothing)).toEqual(refused('ENOENT'))
    expect(rig.count('results')).toBe(0)
  })

  it('that are late count while the slice is missing, and not after', async () => {
    await deployValues(client, [1])
    const late = await oneTask(worker)
    await rig.clock.advance(31_000)
    const other = rig.peer(3)
    const second = await oneTask(other, { id: workerId(2) })
    expect(second).toMatchObject({ slices: '1', kind: 'retry' })
    expect(await send(worker, resultsOf(late))).toMatchObject({ accepted: 1 })
    expect(await send(other, resultsOf(second, workerId(2)))).toMatchObject({
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
    expect(await send(worker, resultsOf(task))).toEqual({
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

describe('a lease', () => {
  it('ends when its worker falls silent, and its slices go to another', async () => {
    await deployValues(client, [1, 2, 3, 4], ['results', 'stop'], { estimationSlices: 0 })
    const first = await oneTask(worker)
    await send(worker, resultsOf(first))
    expect(await oneTask(worker)).toMatchObject({ slices: '2-4' })
    await rig.clock.advance(31_000)
    expect(rig.scheduler.load().leases).toBe(0)
    const other = rig.peer(3)
    const retry = { slices: '2-4', kind: 'retry' }
    expect(await oneTask(other, { id: workerId(2) })).toMatchObject(retry)
  })

  it('lives on while its worker is heard', async () => {
    await deployValues(client, [1])
    const task = await oneTask(worker)
    const beat = { worker: workerId(1), incarnation: 'life-1', leases: [task.lease] }
    for (let minute = 0; minute < 5; minute++) {
      await rig.clock.advance(20_000)
      const reply = (await worker.send('resultSubmitter.heartbeat', beat)) as HeartbeatReply
      expect(reply).toEqual({ void: [], deadline: rig.clock.now() + 30_000 })
    }
    expect(await send(worker, resultsOf(task))).toMatchObject({ accepted: 1 })
  })

  it('is void as soon as its worker starts again', async () => {
    await deployValues(client, [1])
    const old = await oneTask(worker)
    expect(await oneTask(worker, { incarnation: 'life-2' })).toMatchObject({ slices: '1' })
    const beat = { worker: workerId(1), incarnation: 'life-2', leases: [old.lease] }
    expect(await worker.send('resultSubmitter.heartbeat', beat)).toMatchObject({
      void: [old.lease],
    })
  })

  it('that never reached its worker is found out by the next heartbeat', async () => {
    await deployValues(client, [1])
    await oneTask(worker)
    await rig.clock.advance(6_000)
    const beat = { worker: workerId(1), incarnation: 'life-1', leases: [] }
    await worker.send('resultSubmitter.heartbeat', beat)
    expect(rig.scheduler.load().leases).toBe(0)
    expect(await oneTask(rig.peer(3), { id: workerId(2) })).toMatchObject({ slices: '1' })
  })

  it('that never reached its worker ends though the worker waits for work all the time', async () => {
    await deployValues(client, [1, 2], ['results', 'stop'], { estimationSlices: 0 })
    await send(worker, resultsOf(await oneTask(worker)))
    await oneTask(worker)
    const waiting = requestTask(worker, { waitMs: 60_000 })
    await rig.clock.advance(32_000)
    expect((await waiting).tasks).toMatchObject([{ slices: '2', kind: 'retry' }])
  })

  it('begins its time when it is given, however long its worker had waited', async () => {
    const waiting = requestTask(worker, { waitMs: 60_000 })
    await rig.clock.advance(50_000)
    await deployValues(client, [1])
    const [task] = (await waiting).tasks
    await rig.clock.advance(20_000)
    expect(rig.scheduler.load().leases).toBe(1)
    await rig.clock.advance(12_000)
    expect(rig.scheduler.load().leases).toBe(0)
    expect(task).toMatchObject({ slices: '1' })
  })

  it('gives back what its worker returns, to others first', async () => {
    await deployValues(client, [1])
    const task = await oneTask(worker)
    const chunk = { ...resultsOf(task), slices: '', values: columnOf([]), returned: '1' }
    expect(await send(worker, chunk)).toEqual({ accepted: 0, duplicate: '', refused: [] })
    expect((await requestTask(worker)).tasks).toEqual([])
    expect(await oneTask(rig.peer(3), { id: workerId(2) })).toMatchObject({ slices: '1' })
  })

  it('is copied to an idle worker when it takes too long, and the first result counts', async () => {
    await deployValues(client, [1, 2], ['results', 'stop'], { estimationSlices: 0 })
    await send(worker, resultsOf(await oneTask(worker)))
    const slow = await oneTask(worker)
    const other = rig.peer(3)
    const waiting = requestTask(other, { id: workerId(2), waitMs: 60_000 })
    await rig.clock.advance(3_000)
    const [copy] = (await waiting).tasks
    expect(copy).toMatchObject({ slices: slow.slices, kind: 'speculative' })
    if (copy === undefined) return
    expect(await send(other, resultsOf(copy, workerId(2)))).toMatchObject({ accepted: 1 })
    expect(await send(worker, resultsOf(slow))).toMatchObject({ accepted: 0, duplicate: '2' })
    await settle()
    expect(client.heard('stop')).toHaveLength(1)
    expect(seen(client)).toBe(2)
  })
})

describe('a scheduler that is started again', () => {
  it('goes on with jobs, leases, holes and positions', async () => {
    const job = await deployValues(client, [1, 2, 3, 4, 5, 6], [], { estimationSlices: 0 })
    await send(worker, resultsOf(await oneTask(worker)))
    const held = await oneTask(worker)
    await rig.restart()
    expect(rig.scheduler.load()).toMatchObject({ liveJobs: 1, leases: 1 })
    expect(await send(worker, resultsOf(held))).toMatchObject({ refused: [] })
    await work(worker)
    const later = rig.peer(1)
    const filter = { job }
    for (const label of ['results', 'stop']) {
      await later.send('eventRouter.subscribe', { label, options: { filter, from: 2 } })
    }
    await settle()
    expect(seen(later)).toBe(4)
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

describe('a held request', () => {
  it('is answered when work appears, and empty when its time is over', async () => {
    const waiting = requestTask(worker, { waitMs: 60_000 })
    await settle()
    expect(rig.scheduler.load().waiting).toBe(1)
    await deployValues(client, [1])
    expect((await waiting).tasks).toHaveLength(1)
    const vain = requestTask(rig.peer(3), { id: workerId(2), waitMs: 5_000 })
    await rig.clock.advance(5_000)
    expect(await vain).toEqual({ tasks: [], jobs: {} })
  })

  it('is answered at close, and when its worker asks anew', async () => {
    const first = requestTask(worker, { waitMs: 60_000 })
    await settle()
    const second = requestTask(worker, { waitMs: 60_000 })
    expect(await first).toEqual({ tasks: [], jobs: {} })
    await settle()
    await rig.scheduler.close()
    expect(await second).toEqual({ tasks: [], jobs: {} })
  })
})

describe('a failing slice', () => {
  function failure(task: ColumnTask, id = workerId(1), code?: string): unknown {
    const error = { name: 'Error', message: 'broken', ...(code === undefined ? {} : { code }) }
    const errors = parseSliceSet(task.slices).map(([first]) => [first, error])
    return { ...resultsOf(task, id), slices: '', values: columnOf([]), errors }
  }

  it('is tried elsewhere first, and its owner is told', async () => {
    const job = await deployValues(client, [1], ['error', 'results', 'stop'])
    await requestTask(rig.peer(3), { id: workerId(2), sandboxes: 0 })
    await send(worker, failure(await oneTask(worker)))
    expect((await requestTask(worker)).tasks).toEqual([])
    await settle()
    expect(client.heard('error')).toMatchObject([{ job, sliceNumber: 1, message: 'broken' }])
    const other = rig.peer(3)
    const retry = await oneTask(other, { id: workerId(2) })
    expect(await send(other, resultsOf(retry, workerId(2)))).toMatchObject({ accepted: 1 })
  })

  it('goes back to the only worker there is, and ends its job after three attempts', async () => {
    const job = await deployValues(client, [1, 2], ['stop'])
    for (let attempt = 0; attempt < 3; attempt++) await send(worker, failure(await oneTask(worker)))
    await settle()
    expect(client.heard('stop')).toMatchObject([
      { job, runStatus: 'cancelled', code: 'ETOOMANYERRORS', error: { message: 'broken' } },
    ])
  })

  it('ends its job under its own code when that says more', async () => {
    await deployValues(client, [1], ['stop'])
    for (let attempt = 0; attempt < 3; attempt++) {
      await send(worker, failure(await oneTask(worker), workerId(1), 'ENOPROGRESS'))
    }
    await settle()
    expect(client.heard('stop')).toMatchObject([{ code: 'ENOPROGRESS' }])
  })

  it('does not go back to a worker that may not reach its data, until that one starts anew', async () => {
    await deployValues(client, [1, 2], ['stop'], { estimationSlices: 0 })
    await send(worker, failure(await oneTask(worker), workerId(1), 'EPERM_ORIGIN'))
    await rig.clock.advance(60_000)
    expect((await requestTask(worker)).tasks).toEqual([])
    expect((await oneTask(rig.peer(3), { id: workerId(2) })).slices).toBe('1')
    expect((await oneTask(worker, { incarnation: 'life-2' })).slices).toBe('2')
  })
})

it('says so when the disk is full, and goes on as before when there is room', async () => {
  const job = await deployValues(client, [1, 2, 3], ['results', 'stop'])
  const task = await oneTask(worker)
  rig.fillDisk(true)
  await expect(send(worker, resultsOf(task))).rejects.toMatchObject({ code: 'ENOSPC' })
  await expect(requestTask(rig.peer(3), { id: workerId(2) })).rejects.toMatchObject({
    code: 'ENOSPC',
    retryable: true,
  })
  await expect(client.send('jobSubmit.cancelJob', { job })).rejects.toMatchObject({
    code: 'ENOSPC',
  })
  rig.fillDisk(false)
  expect(await send(worker, resultsOf(task))).toMatchObject({ accepted: 1 })
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
