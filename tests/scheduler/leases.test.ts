// A lease always ends: by results, a return, an error, or its deadline.
import type { ColumnTask, HeartbeatReply } from '@manyhands/protocol'
import { columnOf, parseSliceSet } from '@manyhands/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { deployValues } from './_deploying.ts'
import { settle } from './_manual-clock.ts'
import { createRig, type Peer, type Rig } from './_rig.ts'
import { oneTask, requestTask, resultsHeard, resultsOf, sendResults, workerId } from './_working.ts'

let rig: Rig
let client: Peer
let worker: Peer
beforeEach(async () => {
  rig = await createRig()
  client = rig.peer(1)
  worker = rig.peer(2)
})
afterEach(() => rig.close())

describe('a lease', () => {
  it('ends when its worker falls silent, and its slices go to another', async () => {
    await deployValues(client, [1, 2, 3, 4], ['results', 'stop'], { estimationSlices: 0 })
    const first = await oneTask(worker)
    await sendResults(worker, resultsOf(first))
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
    expect(await sendResults(worker, resultsOf(task))).toMatchObject({ accepted: 1 })
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
    await sendResults(worker, resultsOf(await oneTask(worker)))
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
    expect(await sendResults(worker, chunk)).toEqual({ accepted: 0, duplicate: '', refused: [] })
    expect((await requestTask(worker)).tasks).toEqual([])
    expect(await oneTask(rig.peer(3), { id: workerId(2) })).toMatchObject({ slices: '1' })
  })

  it('is copied to an idle worker when it takes too long, and the first result counts', async () => {
    await deployValues(client, [1, 2], ['results', 'stop'], { estimationSlices: 0 })
    await sendResults(worker, resultsOf(await oneTask(worker)))
    const slow = await oneTask(worker)
    const other = rig.peer(3)
    const waiting = requestTask(other, { id: workerId(2), waitMs: 60_000 })
    await rig.clock.advance(3_000)
    const [copy] = (await waiting).tasks
    expect(copy).toMatchObject({ slices: slow.slices, kind: 'speculative' })
    if (copy === undefined) return
    expect(await sendResults(other, resultsOf(copy, workerId(2)))).toMatchObject({ accepted: 1 })
    expect(await sendResults(worker, resultsOf(slow))).toMatchObject({
      accepted: 0,
      duplicate: '2',
    })
    await settle()
    expect(client.heard('stop')).toHaveLength(1)
    expect(resultsHeard(client)).toBe(2)
  })
})

describe('a lease that is slow', () => {
  const other = workerId(2)

  it('is copied part by part for as long as each copy is computed', async () => {
    await deployValues(client, [1, 2, 3, 4, 5], ['results', 'stop'], { estimationSlices: 0 })
    await sendResults(worker, resultsOf(await oneTask(worker)))
    expect((await oneTask(worker)).slices).toBe('2-5')
    const rival = rig.peer(3)
    const copies: string[] = []
    for (let copy = 0; copy < 3; copy++) {
      const waiting = requestTask(rival, { id: other, waitMs: 60_000 })
      await settle()
      expect((await requestTask(rig.peer(4), { id: workerId(3) })).tasks).toEqual([])
      await rig.clock.advance(3_000)
      const [task] = (await waiting).tasks
      if (task === undefined) throw new Error('there was no copy')
      copies.push(`${task.slices} ${task.kind}`)
      await sendResults(rival, resultsOf(task, other))
    }
    expect(copies).toEqual(['4-5 speculative', '3 speculative', '2 speculative'])
    await settle()
    expect(client.heard('stop')).toHaveLength(1)
    expect(resultsHeard(client)).toBe(5)
  })

  it('is not copied again while slices are open of which somebody had a copy', async () => {
    await deployValues(client, [1, 2, 3], ['results', 'stop'], { estimationSlices: 0 })
    await sendResults(worker, resultsOf(await oneTask(worker)))
    expect((await oneTask(worker)).slices).toBe('2-3')
    const rival = rig.peer(3)
    const waiting = requestTask(rival, { id: other, waitMs: 60_000 })
    await rig.clock.advance(3_000)
    const [copy] = (await waiting).tasks
    if (copy === undefined) throw new Error('there was no copy')
    const empty = { slices: '', values: columnOf([]) }
    await sendResults(rival, { ...resultsOf(copy, other), ...empty, returned: copy.slices })
    await rig.clock.advance(20_000)
    expect((await requestTask(rival, { id: other })).tasks).toEqual([])
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
    await sendResults(worker, failure(await oneTask(worker)))
    expect((await requestTask(worker)).tasks).toEqual([])
    await settle()
    expect(client.heard('error')).toMatchObject([{ job, sliceNumber: 1, message: 'broken' }])
    const other = rig.peer(3)
    const retry = await oneTask(other, { id: workerId(2) })
    expect(await sendResults(other, resultsOf(retry, workerId(2)))).toMatchObject({ accepted: 1 })
  })

  it('goes back to the only worker there is, and ends its job after three attempts', async () => {
    const job = await deployValues(client, [1, 2], ['stop'])
    for (let attempt = 0; attempt < 3; attempt++)
      await sendResults(worker, failure(await oneTask(worker)))
    await settle()
    expect(client.heard('stop')).toMatchObject([
      { job, runStatus: 'cancelled', code: 'ETOOMANYERRORS', error: { message: 'broken' } },
    ])
  })

  it('ends its job under its own code when that says more', async () => {
    await deployValues(client, [1], ['stop'])
    for (let attempt = 0; attempt < 3; attempt++) {
      await sendResults(worker, failure(await oneTask(worker), workerId(1), 'ENOPROGRESS'))
    }
    await settle()
    expect(client.heard('stop')).toMatchObject([{ code: 'ENOPROGRESS' }])
  })

  it('does not go back to a worker that may not reach its data, until that one starts anew', async () => {
    await deployValues(client, [1, 2], ['stop'], { estimationSlices: 0 })
    await sendResults(worker, failure(await oneTask(worker), workerId(1), 'EPERM_ORIGIN'))
    await rig.clock.advance(60_000)
    expect((await requestTask(worker)).tasks).toEqual([])
    expect((await oneTask(rig.peer(3), { id: workerId(2) })).slices).toBe('1')
    expect((await oneTask(worker, { incarnation: 'life-2' })).slices).toBe('2')
  })
})
