// A worker that holds leases of a job hears at once that the job has ended.
import { afterEach, beforeEach, expect, it } from 'vitest'

import { deployValues } from './_deploying.ts'
import { settle } from './_manual-clock.ts'
import { createRig, type Peer, type Rig } from './_rig.ts'
import { requestTask, resultsOf, workerId } from './_working.ts'

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
