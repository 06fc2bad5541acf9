import { createHash } from 'node:crypto'

import { columnValues, parseSliceSet, sliceCount, type Signature } from '@manyhands/protocol'
import { createPureCrypto, recoverSigner } from '@manyhands/wallet'
import { afterEach, beforeEach, expect, it } from 'vitest'

import { deployValues, submitData } from './_deploying.ts'
import { settle } from './_manual-clock.ts'
import { codeOf } from './_refused.ts'
import { createRig, type Rig } from './_rig.ts'
import { requestTask, resultsOf, work } from './_working.ts'

interface Receipt {
  readonly owner: string
  readonly signature: Signature
  readonly receipt: Readonly<Record<string, unknown>>
}

let rig: Rig
beforeEach(async () => {
  rig = await createRig()
})
afterEach(() => rig.close())

it('goes from submit to stop, in one batch and a few tasks', async () => {
  const client = rig.peer(1)
  const job = await deployValues(client, [1, 'two', { three: [3] }, null, undefined])
  const worker = rig.peer(2)
  const { tasks, jobs } = await requestTask(worker)
  expect(tasks).toHaveLength(1)
  expect(tasks[0]).toMatchObject({ job, slices: '1', kind: 'estimate' })
  expect(columnValues(tasks[0]?.values)).toEqual([1])
  expect(jobs[job]).toMatchObject({ job, owner: client.address, public: { link: '' } })
  if (tasks[0] === undefined) return
  const reply = await worker.send('resultSubmitter.results@1', resultsOf(tasks[0]))
  expect(reply).toEqual({ accepted: 1, duplicate: '', refused: [] })
  expect(await work(worker)).toBe(4)
  await settle()
  const results = client.heard('results')
  expect(
    results.reduce((sum, { slices }) => sum + sliceCount(parseSliceSet(String(slices))), 0),
  ).toBe(5)
  expect(results.at(-1)).toMatchObject({ seq: 5, job })
  expect(client.heard('stop')).toEqual([
    { eventName: 'stop', job, runStatus: 'finished', sliceCount: 5 },
  ])
  expect(client.events.at(-1)?.event.data['eventName']).toBe('stop')
  expect(client.heard('status').at(-1)).toMatchObject({ runStatus: 'finished', computed: 5 })
  expect(rig.scheduler.load()).toMatchObject({ liveJobs: 0, leases: 0 })
})

it('gives our clients a receipt that anybody can check, the same for the same job', async () => {
  const client = rig.peer(1)
  const dataRange = { start: 1, end: 3, step: 1 }
  const data = submitData(client.address, { dataRange, columns: 1 })
  const reply = (await client.send('jobSubmit.submit@5', data)) as {
    escrow: string
    receipt: Receipt
  }
  const { owner, receipt, signature } = reply.receipt
  expect(receipt).toEqual({
    job: data['job'],
    escrow: reply.escrow,
    time: rig.clock.now(),
    hash: createHash('sha256').update(JSON.stringify(data)).digest('base64'),
  })
  expect(recoverSigner(JSON.stringify(receipt), signature, createPureCrypto())).toBe(owner)
  await rig.clock.advance(60_000)
  expect(await client.send('jobSubmit.submit@5', data)).toMatchObject({ receipt: reply.receipt })
  const official = submitData(client.address, { dataRange })
  expect(await client.send('jobSubmit.submit@5', official)).not.toHaveProperty('receipt')
})

it('finishes a job without slices at once', async () => {
  const client = rig.peer(1)
  await deployValues(client, [])
  await settle()
  expect(client.heard('stop')).toMatchObject([{ runStatus: 'finished', sliceCount: 0 }])
})

it('refuses an unknown operation and goes on', async () => {
  const client = rig.peer(1)
  expect(await codeOf(client.send('jobSubmit.explode', {}))).toBe('EINVAL')
  expect(await codeOf(client.send('toString.call', {}))).toBe('EINVAL')
  expect(await codeOf(client.send('bankTeller.viewAccount', {}))).toBe('ENOTSUPPORTED')
  expect(await codeOf(client.send('pheme.listJobs', {}))).toBe('fulfilled')
})
