// A worker hears at once which of its leases are over, and which slices of others came from elsewhere.
import { columnOf, parseSliceSet, sliceCount } from '@manyhands/protocol'
import type { ColumnTask, HeartbeatReply } from '@manyhands/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { deployValues } from './_deploying.ts'
import { settle } from './_manual-clock.ts'
import { createRig, type Peer, type Rig } from './_rig.ts'
import {
  officialTaskRequest,
  oneTask,
  requestTask,
  resultsHeard,
  resultsOf,
  sendResults,
  workerId,
} from './_working.ts'

let rig: Rig
let client: Peer
let worker: Peer
beforeEach(async () => {
  rig = await createRig()
  client = rig.peer(1)
  worker = rig.peer(2)
  await listen(worker, workerId(1))
})
afterEach(() => rig.close())

async function listen(peer: Peer, id: string): Promise<void> {
  const options = { filter: { worker: id } }
  await peer.send('eventRouter.subscribe', { label: 'leases', options, token: 'leases' })
  await settle()
}

async function cancel(job: string): Promise<void> {
  await client.send('jobSubmit.cancelJob', { job, reason: 'enough' })
  await settle()
}

const notices = (peer: Peer): Record<string, unknown>[] => peer.heard('leases')

it('are told to the worker that holds leases of a cancelled job', async () => {
  const job = await deployValues(client, [1, 2, 3])
  const { tasks } = await requestTask(worker)
  await cancel(job)
  const leases = tasks.map(({ lease }) => lease)
  expect(leases).not.toEqual([])
  expect(notices(worker)).toEqual([{ eventName: 'leases', void: leases }])
})

it('are told to nobody else, whatever worker he says he is', async () => {
  const stranger = rig.peer(3)
  await listen(stranger, workerId(1))
  const idle = rig.peer(4)
  await listen(idle, workerId(4))
  const job = await deployValues(client, [1, 2, 3])
  await requestTask(worker)
  await cancel(job)
  expect([...stranger.events, ...idle.events]).toEqual([])
})

it('are not told when the job ends with the last result of the worker', async () => {
  await deployValues(client, [1])
  const { tasks } = await requestTask(worker)
  for (const task of tasks) await worker.send('resultSubmitter.results@1', resultsOf(task))
  await settle()
  expect(client.heard('stop')).toHaveLength(1)
  expect(worker.events).toEqual([])
})

it('are not told to who has gone, or listens no longer', async () => {
  const job = await deployValues(client, [1, 2, 3])
  const other = await deployValues(client, [4, 5, 6])
  await requestTask(worker, { targetLoad: { cpu: 8, gpu: 0, longSlices: 8 } })
  await worker.send('eventRouter.unsubscribe', { label: 'leases', token: 'leases' })
  await cancel(job)
  await listen(worker, workerId(1))
  worker.disconnect()
  await cancel(other)
  expect(worker.events).toEqual([])
})

describe('in a race', () => {
  const other = workerId(2)
  let rival: Peer
  beforeEach(async () => {
    rival = rig.peer(3)
    await listen(rival, other)
  })

  /** The results of some slices of a task. */
  function part(task: ColumnTask, slices: string, id?: string): Record<string, unknown> {
    const values = columnOf(Array.from({ length: sliceCount(parseSliceSet(slices)) }, () => 1))
    return { ...resultsOf(task, id), slices, values }
  }

  /** The worker is slow with a lease; the rival has a copy of half of it. */
  async function race(count: number): Promise<{ slow: ColumnTask; copy: ColumnTask }> {
    const values = Array.from({ length: count + 1 }, (_, index) => index)
    await deployValues(client, values, ['results', 'stop'], { estimationSlices: 0 })
    await sendResults(worker, resultsOf(await oneTask(worker)))
    const slow = await oneTask(worker)
    const waiting = requestTask(rival, { id: other, waitMs: 60_000 })
    await rig.clock.advance(3_000)
    const [copy] = (await waiting).tasks
    if (copy === undefined) throw new Error('there was no copy')
    return { slow, copy }
  }

  it('the loser hears which slices are of no more use, and keeps its lease for the others', async () => {
    const { slow, copy } = await race(4)
    expect([slow.slices, copy.slices, copy.kind]).toEqual(['2-5', '4-5', 'speculative'])
    await sendResults(rival, resultsOf(copy, other))
    await settle()
    const withdrawn = [[slow.lease, '4-5']]
    expect(notices(worker)).toEqual([{ eventName: 'leases', withdrawn }])
    expect(notices(rival)).toEqual([])
    expect(rig.scheduler.load().leases).toBe(1)
    expect(await sendResults(worker, part(slow, '2-3'))).toMatchObject({ accepted: 2 })
    await settle()
    expect(client.heard('stop')).toHaveLength(1)
    expect(resultsHeard(client)).toBe(5)
  })

  it('the copy loses in the same way, and hears when nothing of it is left', async () => {
    const { slow, copy } = await race(4)
    await sendResults(worker, part(slow, '2,5'))
    await settle()
    expect(notices(rival)).toEqual([{ eventName: 'leases', withdrawn: [[copy.lease, '5']] }])
    await sendResults(worker, part(slow, '4'))
    await settle()
    expect(notices(rival).slice(1)).toEqual([{ eventName: 'leases', void: [copy.lease] }])
    expect(notices(worker)).toEqual([])
    expect(rig.scheduler.load().leases).toBe(1)
  })

  it('the loser hears it too when the job ends with the winner', async () => {
    const { slow, copy } = await race(1)
    await sendResults(rival, resultsOf(copy, other))
    await settle()
    expect(client.heard('stop')).toHaveLength(1)
    expect(notices(worker)).toEqual([{ eventName: 'leases', void: [slow.lease] }])
  })

  it('one notice at a time is on its way, however many results come meanwhile', async () => {
    const { slow, copy } = await race(8)
    expect(copy.slices).toBe('6-9')
    let answered: () => void = () => undefined
    worker.answer = () =>
      new Promise((resolve) => {
        answered = () => resolve({ success: true, payload: 'success' })
      })
    for (const slice of ['6', '7', '8', '9']) await sendResults(rival, part(copy, slice, other))
    await settle()
    expect(notices(worker)).toEqual([{ eventName: 'leases', withdrawn: [[slow.lease, '6']] }])
    answered()
    await settle()
    expect(notices(worker).slice(1)).toEqual([
      { eventName: 'leases', withdrawn: [[slow.lease, '7-9']] },
    ])
  })

  it('a lease that ends while a notice is on its way is told as over, with no other word', async () => {
    const { slow, copy } = await race(4)
    worker.answer = () => Promise.reject(new Error('the worker is busy'))
    const chunks = [part(copy, '4', other), part(copy, '5', other)]
    await sendResults(worker, part(slow, '2-3'))
    await Promise.all(chunks.map((chunk) => sendResults(rival, chunk)))
    await settle()
    expect(notices(worker)).toEqual([
      { eventName: 'leases', withdrawn: [[slow.lease, '4']] },
      { eventName: 'leases', void: [slow.lease] },
    ])
  })

  it('who has a slice again after its first holder fell silent hears that the first one had it', async () => {
    await deployValues(client, [1, 2, 3], ['results', 'stop'], { estimationSlices: 0 })
    await sendResults(worker, resultsOf(await oneTask(worker)))
    const late = await oneTask(worker)
    await rig.clock.advance(31_000)
    const again = await oneTask(rival, { id: other })
    expect([late.slices, again.slices, again.kind]).toEqual(['2-3', '2-3', 'retry'])
    expect(await sendResults(worker, part(late, '3'))).toMatchObject({ accepted: 1 })
    await settle()
    expect(notices(rival)).toEqual([{ eventName: 'leases', withdrawn: [[again.lease, '3']] }])
  })

  it('who has a copy of a slice that failed hears that another one had it', async () => {
    const { slow, copy } = await race(2)
    const errors = [[3, { name: 'Error', message: 'broken' }]]
    await sendResults(worker, { ...part(slow, ''), errors })
    const third = rig.peer(5)
    const retry = await oneTask(third, { id: workerId(3) })
    expect([copy.slices, retry.slices]).toEqual(['3', '3'])
    await sendResults(third, resultsOf(retry, workerId(3)))
    await settle()
    expect(notices(rival)).toEqual([{ eventName: 'leases', void: [copy.lease] }])
  })

  it('nothing is lost with a notice that nobody heard', async () => {
    worker.disconnect()
    const deaf = rig.peer(2)
    worker = deaf
    const { slow, copy } = await race(4)
    await sendResults(rival, resultsOf(copy, other))
    await settle()
    expect(deaf.events).toEqual([])
    const beat = { worker: workerId(1), incarnation: 'life-1', leases: [slow.lease] }
    const pulse = (await deaf.send('resultSubmitter.heartbeat', beat)) as HeartbeatReply
    expect(pulse.void).toEqual([])
    expect(await sendResults(deaf, resultsOf(slow))).toMatchObject({
      accepted: 2,
      duplicate: '4-5',
    })
    await settle()
    expect(client.heard('stop')).toHaveLength(1)
    expect(resultsHeard(client)).toBe(5)
  })

  it('the loser hears it from a scheduler that was started anew, too', async () => {
    const { slow, copy } = await race(4)
    await rig.restart()
    await listen(rival, other)
    await sendResults(worker, part(slow, '4-5'))
    await settle()
    expect(notices(rival)).toEqual([{ eventName: 'leases', void: [copy.lease] }])
  })

  it('an official worker hears nothing', async () => {
    const official = rig.peer(6)
    await deployValues(client, [1, 2], ['results', 'stop'], { estimationSlices: 0 })
    await sendResults(worker, resultsOf(await oneTask(worker)))
    const id = workerId(6)
    await official.send('taskDistributor.requestTask@3', officialTaskRequest(official, { id }))
    expect(rig.scheduler.load().leases).toBe(1)
    const waiting = requestTask(rival, { id: other, waitMs: 60_000 })
    await rig.clock.advance(3_000)
    const [copy] = (await waiting).tasks
    if (copy === undefined) throw new Error('there was no copy')
    await sendResults(rival, resultsOf(copy, other))
    await settle()
    expect(client.heard('stop')).toHaveLength(1)
    expect(official.events).toEqual([])
  })
})
