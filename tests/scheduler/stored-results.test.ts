// Results that are kept: which there are, when they came, and taking some of them away.
import { DcpError, columnOf, encodeSliceSet, sliceSetOf } from '@manyhands/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { deploy } from './_deploying.ts'
import { codeOf } from './_refused.ts'
import { createRig, type Peer, type Rig } from './_rig.ts'
import { requestTask, resultsOf } from './_working.ts'

let rig: Rig
let client: Peer
let worker: Peer
beforeEach(async () => {
  rig = await createRig()
  client = rig.peer(1)
  worker = rig.peer(2)
})
afterEach(() => rig.close())

/** A job of that many slices, of which some are computed, as one task. */
async function compute(total: number, slices: readonly number[]): Promise<string> {
  const dataRange = { start: 1, end: total, step: 1 }
  const job = await deploy(client, { dataRange, estimationSlices: 0, greedyEstimation: true })
  let left = new Set(slices)
  while (left.size > 0) {
    const { tasks } = await requestTask(worker, { sandboxes: 4096 })
    for (const task of tasks) {
      const [first = 0, last = first] = task.slices.split('-').map(Number)
      const done = [...left].filter((slice) => slice >= first && slice <= last)
      left = new Set([...left].filter((slice) => !done.includes(slice)))
      await worker.send('resultSubmitter.results@1', {
        ...resultsOf(task),
        slices: encodeSliceSet(sliceSetOf(done)),
        values: columnOf(done),
        cpuMs: 1,
      })
    }
  }
  return job
}

function list(job: string, range?: unknown): Promise<unknown> {
  return client.send('resultSubmitter.listResult', {
    job,
    ...(range === undefined ? {} : { range }),
  })
}

const run = (start: number, end: number): object => ({ start, end, step: 1 })

describe('listResult', () => {
  it('says which slices have results, among all or among some', async () => {
    const job = await compute(12, [1, 2, 3, 5, 6, 9])
    expect(await list(job)).toEqual({ sparse: [run(1, 3), run(5, 6), run(9, 9)] })
    expect(await list(job, run(2, 5))).toEqual({ sparse: [run(2, 3), run(5, 5)] })
    const some = { sparse: [{ start: 1, end: 9, step: 4 }, { sparse: [6, 7] }] }
    expect(await list(job, some)).toEqual({ sparse: [run(1, 1), run(5, 6), run(9, 9)] })
    expect(await list(job, { sparse: [] })).toEqual({ sparse: [] })
    expect(await list(job, [400])).toEqual({ sparse: [] })
  })

  it('goes through many results in parts, and joins what belongs together', async () => {
    const job = await compute(1, [1])
    const insert = rig.database.raw.prepare(
      `with recursive n(i) as (select 2 union all select i + 1 from n where i < 60000)
        insert into results (job, slice, seq, payment, size, value)
        select 1, i, i, 1, 1, '0' from n where i <> 30000`,
    )
    insert.run([])
    rig.database.raw.prepare('update jobs set total = 60000').run([])
    expect(await list(job)).toEqual({ sparse: [run(1, 29_999), run(30_001, 60_000)] })
  })

  it('is for the owner', async () => {
    const job = await compute(1, [1])
    for (const operation of ['listResult', 'statResult']) {
      const asked = rig.peer(3).send(`resultSubmitter.${operation}`, { job })
      expect(await codeOf(asked)).toBe('EPERM')
    }
  })
})

describe('statResult', () => {
  it('says when each result was given out and when it came, for good', async () => {
    const given = rig.clock.now()
    const job = await deploy(client, { dataRange: run(1, 3), estimationSlices: 0 })
    const { tasks } = await requestTask(worker)
    await rig.clock.advance(5_000)
    for (const task of tasks) await worker.send('resultSubmitter.results@1', resultsOf(task))
    const times = { slice: 1, distributedTime: given, computedTime: given + 5_000, payment: '0' }
    expect(await client.send('resultSubmitter.statResult', { job })).toEqual([times])
    expect(await client.send('resultSubmitter.statResult', { job, range: [2] })).toEqual([])
    // The lease is forgotten, what it was is not.
    await rig.clock.advance(3_600_000)
    expect(rig.count('leases')).toBe(0)
    expect(await client.send('resultSubmitter.statResult', { job })).toEqual([times])
  })

  it('refuses to say more than fits, and says what does', async () => {
    const job = await compute(1, [1])
    const insert = rig.database.raw.prepare(
      `with recursive n(i) as (select 2 union all select i + 1 from n where i < 20001)
        insert into results (job, slice, seq, payment, size, value)
        select 1, i, i, 1, 1, '0' from n`,
    )
    insert.run([])
    rig.database.raw.prepare('update jobs set total = 20001').run([])
    const asked = client.send('resultSubmitter.statResult', { job })
    await expect(asked).rejects.toThrow(
      new DcpError('ETOOBIG', 'more than 20000 results: ask for slices 1 to 20000 first'),
    )
    const some = { job, range: run(1, 20_000) }
    expect(await client.send('resultSubmitter.statResult', some)).toHaveLength(20_000)
  })
})

describe('deleteResult', () => {
  it('takes away what a range of ranges names, once', async () => {
    const job = await compute(12, [1, 2, 3, 5, 6, 9])
    const range = { sparse: [run(1, 2), { sparse: [6, { ranges: [[9, 12]] }] }] }
    const remove = (which: unknown): Promise<unknown> =>
      client.send('resultSubmitter.deleteResult', { job, range: which })
    expect(await remove(range)).toEqual([1, 2, 6, 9])
    expect(await remove(range)).toEqual([])
    expect(await list(job)).toEqual({ sparse: [run(3, 3), run(5, 5)] })
    expect(await client.send('resultSubmitter.statResult', { job })).toHaveLength(2)
    expect(await remove('all')).toEqual([3, 5])
  })
})
