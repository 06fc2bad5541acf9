// What slices are said to have used: kept, shown, and believed only as far as it can be true.
import { columnOf } from '@manyhands/protocol'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { deployValues } from './_deploying.ts'
import { createRig, type Peer, type Rig } from './_rig.ts'
import { officialTaskRequest, oneTask, resultsOf, workerId } from './_working.ts'

const hourMs = 3_600_000

let rig: Rig
let client: Peer
let worker: Peer

beforeEach(async () => {
  rig = await createRig()
  client = rig.peer(1)
  worker = rig.peer(2)
})

afterEach(() => rig.close())

const timesOf = async (job: string): Promise<unknown[]> => {
  const report = await client.send('pheme.fetchJobReport', { job, jobOwner: client.address })
  const { totalCPUTime, totalGPUTime } = report as Record<string, unknown>
  return [totalCPUTime, totalGPUTime]
}

/** All slices of one job in one task. */
const greedy = { estimationSlices: null, greedyEstimation: true }

async function takeAll(sandboxes = 2): Promise<Record<string, unknown>> {
  return resultsOf(await oneTask(worker, { sandboxes }))
}

test('times on processors of both kinds are added up, for all slices or one each', async () => {
  const job = await deployValues(client, [1, 2], [], greedy)
  const results = await takeAll()
  await worker.send('resultSubmitter.results@1', { ...results, cpuMs: 40, gpuMs: [100, 150] })
  expect(await timesOf(job)).toEqual([0.04, 0.25])
  const other = await deployValues(client, [1, 2], [], greedy)
  await worker.send('resultSubmitter.results@1', { ...(await takeAll()), cpuMs: [1, 2] })
  expect(await timesOf(other)).toEqual([0.003, 0])
})

test('they are there after a restart', async () => {
  const job = await deployValues(client, [1, 2], [], greedy)
  await worker.send('resultSubmitter.results@1', { ...(await takeAll()), cpuMs: 8, gpuMs: 16 })
  await rig.restart()
  expect(await timesOf(job)).toEqual([0.008, 0.016])
})

test('an official worker tells them in its metrics, and hears the mean', async () => {
  const job = await deployValues(client, [1, 2], [], greedy)
  const id = workerId(5)
  const answer = await worker.send(
    'taskDistributor.requestTask@3',
    officialTaskRequest(worker, { id, sandboxes: 2 }),
  )
  const { body: _body, ...authorizationMessage } = answer as Record<string, unknown>
  const result = (slice: number, GPUTime: number): Promise<unknown> =>
    worker.send('resultSubmitter.result', {
      slice,
      job,
      worker: id,
      paymentAddress: worker.address,
      metrics: { CPUTime: 10, GPUTime, CPUDensity: 1, GPUDensity: 1 },
      authorizationMessage,
      resultV2: {
        _serializeVerId: 'v8',
        what: { raw: { string: '42', method: 'json', MIMEType: 'application/json' } },
      },
    })
  const reply = (await result(1, 60)) as { metrics: Record<string, unknown> }
  // More time than the slice is known to have taken is still all of it, and no more.
  expect(reply.metrics).toMatchObject({ sliceGPUTime: 60, sliceGPUDensity: 1 })
  await result(2, 20)
  expect(await timesOf(job)).toEqual([0.02, 0.08])
})

test('no more is believed than the time since the lease was given, in each sandbox', async () => {
  const job = await deployValues(client, [1, 2], [], greedy)
  const { slices: _slices, values: _values, ...results } = await takeAll()
  await rig.clock.advance(2_000)
  const send = (slice: number, times: object): Promise<unknown> =>
    worker.send('resultSubmitter.results@1', {
      ...results,
      slices: String(slice),
      values: columnOf([slice]),
      ...times,
    })
  await send(1, { cpuMs: hourMs, gpuMs: 1e308 })
  // Two sandboxes for two seconds, and a second of grace each.
  expect(await timesOf(job)).toEqual([6, 6])
  await send(2, { cpuMs: [1e308], gpuMs: [hourMs] })
  expect(await timesOf(job)).toEqual([6, 6])
})
