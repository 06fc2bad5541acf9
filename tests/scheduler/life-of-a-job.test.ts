import { columnValues, parseSliceSet, sliceCount } from '@manyhands/protocol'
import { afterEach, beforeEach, expect, it } from 'vitest'

import { deployValues } from './_deploying.ts'
import { settle } from './_manual-clock.ts'
import { codeOf } from './_refused.ts'
import { createRig, type Rig } from './_rig.ts'
import { requestTask, resultsOf, work } from './_working.ts'

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
