// Official clients, and what they ask of their jobs (operations §15.7, §25).
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { jobId, publicGroup, submitData } from './_deploying.ts'
import { ask, call, dataValues, deploy, resultOf } from './_official.ts'
import { createRig, type Peer, type Rig } from './_rig.ts'
import { workerId } from './_working.ts'

let rig: Rig
let client: Peer
let worker: Peer
beforeEach(async () => {
  rig = await createRig()
  client = rig.peer(1)
  worker = rig.peer(2)
})
afterEach(() => rig.close())

describe('a dialect 4 client', () => {
  it('deploys with submit@2 and goes on with the address', async () => {
    const { job: _job, ...fields } = submitData(client.address)
    const reply = await call(client, 'jobSubmit', 'submit@2', {
      ...fields,
      id: `j${jobId()}`,
      requirements: { environment: { fdlibm: true }, discrete: true },
    })
    const { job } = reply as { job: string }
    expect(reply).toMatchObject({ escrow: job, status: 'new', lastSliceNumber: 0 })
    await call(client, 'computeGroups', 'addJobToGroups', { job, cgArray: [publicGroup] })
    await call(client, 'jobSubmit', 'addSliceData', { job, dataValues })
    const report = await call(client, 'pheme', 'fetchJobReport', { job, jobOwner: client.address })
    expect(report).toMatchObject({ totalSlices: 3, completedSlices: 0, status: 'estimation' })
    const answer = await ask(worker)
    expect(Object.values(answer.body.newJobs ?? {})).toMatchObject([
      { needCapabilities: 16, discrete: true },
    ])
    const second = ask(worker)
    await rig.clock.advance(60_000)
    // Discrete: one slice of the job for each worker.
    expect((await second).body).toEqual({})
  })
})

describe('a local job', () => {
  async function deployLocally(input: Readonly<Record<string, unknown>>): Promise<string> {
    const job = jobId()
    const marshaledArguments = { _serializeVerId: 'v9', what: { arr: [] } }
    const own = { ...submitData(client.address), job, localExec: true, marshaledArguments }
    await client.send('jobSubmit.submit@5', { ...own, ...input }, { authorize: false })
    return job
  }

  it('meets only the worker that names it', async () => {
    const uri = 'file:///tmp/slice-1'
    const job = await deployLocally({ marshaledDataValues: { 0: uri, length: 1 } })
    expect((await ask(worker, { fetchState: 2 })).body).toEqual({})
    const answer = await ask(worker, { jobIds: [job] })
    expect(answer.body.task?.[job]).toMatchObject([{ sliceNumber: 1, datumUri: uri }])
  })

  it('of a range names the file of the range, and no input of a slice', async () => {
    const uri = 'file:///tmp/range.json'
    const job = await deployLocally({ dataRange: { 0: uri, length: 1 }, rangeLength: 2 })
    const { body } = await ask(worker, { jobIds: [job] })
    expect(Object.values(body.newJobs ?? {})).toMatchObject([{ MROLocation: uri }])
    const [slice] = body.task?.[job] ?? []
    expect(slice).toMatchObject({ sliceNumber: 1 })
    expect(slice).not.toHaveProperty('datumUri')
  })
})

it('cancels for the payer, and tells a finished job as it is', async () => {
  const payer = rig.peer(7)
  const job = await deploy(client, { paymentAccount: payer.address })
  const cancel = { job, owner: payer.address, reason: 'enough' }
  expect(await call(payer, 'jobSubmit', 'cancelJob', cancel)).toMatchObject({
    job,
    status: 'cancelled',
    released: '0',
  })
  expect(await call(client, 'jobSubmit', 'cancelJob', { job })).toMatchObject({
    status: 'cancelled',
  })
})

it('reports jobs and slices, and deletes results without computing them again', async () => {
  const job = await deploy(client)
  const answer = await ask(worker)
  await call(worker, 'resultSubmitter', 'result', resultOf(worker, answer, job, 1, 100))
  expect(await call(client, 'pheme', 'fetchSliceReport', { job })).toMatchObject({
    slices: [{ sliceNumber: 1, status: 'finished', history: [{ worker: workerId(5) }] }],
  })
  expect(await call(client, 'pheme', 'countSlices', { job })).toEqual({
    count: 3,
    byStatus: { new: 2, scheduled: 0, finished: 1 },
  })
  expect(await call(client, 'pheme', 'countJobs', {})).toEqual({ count: 1 })
  const deleteAll = { job, owner: client.address, range: 'all' }
  expect(await call(client, 'resultSubmitter', 'deleteResult', deleteAll)).toEqual([1])
  expect(await call(client, 'resultSubmitter', 'fetchResult', { job })).toEqual([])
  await call(worker, 'resultSubmitter', 'result', resultOf(worker, answer, job, 1, 7))
  expect(await call(client, 'resultSubmitter', 'fetchResult', { job })).toEqual([])
})
