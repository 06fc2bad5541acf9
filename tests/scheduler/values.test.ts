// Long values: kept in files beside the database, told to our programs as they are, and to official
// ones as data or, when they are very long, by a location.
import {
  type ColumnFetchReply,
  type ColumnTask,
  columnOf,
  decodeValueUri,
  DcpError,
  marshal,
  parseSliceSet,
  slicesIn,
  unmarshal,
} from '@manyhands/protocol'
import type { KeptValue, MemoryValueStore, ValueStore } from '@manyhands/service'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { deployValues, jobId, publicGroup, submitData } from './_deploying.ts'
import { settle } from './_manual-clock.ts'
import { codeOf } from './_refused.ts'
import { createRig, type Peer, type Rig } from './_rig.ts'
import { officialTaskRequest, requestTask, resultsOf, workerId } from './_working.ts'

const kilobytes = 1024
const long = 'höhle '.repeat(12 * kilobytes)
const bytes = new Uint8Array(50 * kilobytes).map((_, index) => index * 7)
const veryLong = 'x'.repeat(2 * 1024 * kilobytes)
const inputs: readonly unknown[] = [1, long, 'short', bytes, [[long]], 2]

let rig: Rig
let client: Peer
let worker: Peer

async function begin(shelve?: (store: MemoryValueStore) => ValueStore): Promise<void> {
  rig = await createRig(shelve === undefined ? {} : { shelve })
  client = rig.peer(1)
  worker = rig.peer(2)
}

beforeEach(() => begin())
afterEach(() => rig.close())

function valuesOf(task: ColumnTask): [number, unknown][] {
  const values = unmarshal(task.values) as unknown[]
  return [...slicesIn(parseSliceSet(task.slices))].map((slice, index) => [slice, values[index]])
}

/** All inputs as a worker gets them; results are what `answer` makes of them. */
async function workThrough(answer: (value: unknown) => unknown): Promise<Map<number, unknown>> {
  const seen = new Map<number, unknown>()
  for (;;) {
    const { tasks } = await requestTask(worker, { sandboxes: 4 })
    if (tasks.length === 0) return seen
    for (const task of tasks) {
      const values = valuesOf(task)
      for (const [slice, value] of values) seen.set(slice, value)
      const results = columnOf(values.map(([, value]) => answer(value)))
      await worker.send('resultSubmitter.results@1', { ...resultsOf(task), values: results })
    }
  }
}

/** The longest text or blob of a table's column. */
function longest(table: string, column: string): number {
  const sql = `select max(length(${column})) as n from ${table}`
  return Number((rig.database.raw.prepare(sql).all([])[0] as { n: bigint }).n)
}

function told(): Map<number, unknown> {
  const results = new Map<number, unknown>()
  for (const { slices, values } of client.heard('results')) {
    const decoded = unmarshal(values as never) as unknown[]
    const numbers = [...slicesIn(parseSliceSet(String(slices)))]
    for (const [index, slice] of numbers.entries()) results.set(slice, decoded[index])
  }
  return results
}

/** Typed arrays are compared as text: it takes a tenth of the time. */
function plain(values: ReadonlyMap<number, unknown>): [number, string][] {
  return [...values]
    .toSorted(([a], [b]) => a - b)
    .map(([slice, value]) => [slice, `${Object.prototype.toString.call(value)} ${String(value)}`])
}

const expected = plain(new Map(inputs.map((value, index) => [index + 1, value])))

describe('long values', () => {
  it('go to a worker and come back to the client as they are', async () => {
    await deployValues(client, inputs)
    expect(plain(await workThrough((value) => value))).toEqual(expected)
    await settle()
    expect(plain(told())).toEqual(expected)
    expect(client.heard('stop')).toHaveLength(1)
  })

  it('leave only their names in the database, once for each text', async () => {
    await deployValues(client, inputs)
    await workThrough((value) => value)
    expect(rig.values.size).toBe(3)
    expect(longest('piles', 'blob')).toBeLessThan(100)
    expect(longest('results', 'value')).toBeLessThan(100)
    expect(longest('results', 'size')).toBeGreaterThan(0)
  })

  it('survive a restart, in the hands of a worker and of the owner', async () => {
    const job = await deployValues(client, inputs)
    await rig.restart()
    expect(plain(await workThrough((value) => value))).toEqual(expected)
    await rig.restart()
    const reply = (await client.send('resultSubmitter.fetchResult@1', { job })) as ColumnFetchReply
    expect((unmarshal(reply.values) as unknown[]).map(String)).toEqual(inputs.map(String))
    const some = { job, slices: '2,6' }
    const two = (await client.send('resultSubmitter.fetchResult@1', some)) as ColumnFetchReply
    expect(unmarshal(two.values)).toEqual([long, 2])
  })

  it('are added once, however often their upload is repeated', async () => {
    const data = submitData(client.address)
    const job = String(data['job'])
    await client.send('jobSubmit.submit@5', data)
    const upload = { job, dataValues: columnOf([long, 5]) }
    const answers = [1, 2].map(() =>
      client.send('jobSubmit.addSliceData', upload, { stamp: 'the same' }),
    )
    const reply = { success: true, lastSliceNumber: 2 }
    expect(await Promise.all(answers)).toEqual([reply, reply])
  })

  it('keep their place before what is sent after them', async () => {
    const data = submitData(client.address)
    const job = String(data['job'])
    const add = (values: unknown[]): Promise<unknown> =>
      client.send('jobSubmit.addSliceData', { job, dataValues: columnOf(values) })
    const replies = await Promise.all([
      client.send('jobSubmit.submit@5', data),
      add([veryLong]),
      add(['short']),
      client.send('resultSubmitter.closeJob', { job }),
      client.send('computeGroups.addJobToGroups', { job, cgArray: [publicGroup] }),
    ])
    expect(replies.slice(1, 4)).toMatchObject([
      { lastSliceNumber: 1 },
      { lastSliceNumber: 2 },
      { lastSliceNumber: 2 },
    ])
    expect(await workThrough(() => 0)).toEqual(
      new Map([
        [1, veryLong],
        [2, 'short'],
      ]),
    )
  })

  it('of some length end an answer, so that it fits into a message', async () => {
    const megabyte = 'y'.repeat(1024 * kilobytes)
    await deployValues(
      client,
      Array.from({ length: 40 }, (_, index) => `${index}${megabyte}`),
      [],
      {
        estimationSlices: 0,
      },
    )
    const sizes: number[] = []
    for (let rest = 40; rest > 0;) {
      const { tasks } = await requestTask(worker, { sandboxes: 40 })
      sizes.push(JSON.stringify(tasks).length)
      for (const task of tasks) {
        rest -= parseSliceSet(task.slices).reduce((sum, [a, b]) => sum + b - a + 1, 0)
        await worker.send('resultSubmitter.results@1', resultsOf(task))
      }
    }
    expect(Math.max(...sizes)).toBeLessThan(17 * 1024 * kilobytes)
  })
})

describe('values that nobody needs', () => {
  it('are removed an hour after their results were deleted, and no others', async () => {
    const job = await deployValues(client, [1, 2])
    await workThrough((value) => (value === 1 ? long : veryLong))
    expect(rig.values.size).toBe(2)
    await rig.clock.advance(3_600_000)
    await client.send('resultSubmitter.deleteResult', { job, range: [2] })
    await rig.clock.advance(20 * 60_000)
    expect(rig.values.size).toBe(1)
    const reply = (await client.send('resultSubmitter.fetchResult@1', { job })) as ColumnFetchReply
    expect(unmarshal(reply.values)).toEqual([long])
  })

  it('are those of an upload that the database refused', async () => {
    const data = submitData(client.address)
    const job = String(data['job'])
    await client.send('jobSubmit.submit@5', data)
    rig.fillDisk(true)
    const upload = { job, dataValues: columnOf([long]) }
    expect(await codeOf(client.send('jobSubmit.addSliceData', upload))).toBe('ENOSPC')
    rig.fillDisk(false)
    expect(rig.values.size).toBe(1)
    await rig.clock.advance(2 * 3_600_000)
    expect(rig.values.size).toBe(0)
  })
})

describe('a directory of values', () => {
  it('that is full refuses what is long, stores nothing of it, and what counts on it fails', async () => {
    let isFull = true
    await rig.close()
    await begin((store) => ({
      ...store,
      keep(text: string): Promise<KeptValue> {
        if (isFull) return Promise.reject(new DcpError('ENOSPC', 'the disk is full'))
        return store.keep(text)
      },
    }))
    const data = submitData(client.address)
    const job = String(data['job'])
    await client.send('jobSubmit.submit@5', data)
    const upload = { job, dataValues: columnOf([1, long]) }
    const replies = [
      client.send('jobSubmit.addSliceData', upload, { stamp: 'upload' }),
      client.send('resultSubmitter.closeJob', { job }, { stamp: 'close' }),
    ]
    expect(await Promise.all(replies.map(codeOf))).toEqual(['ENOSPC', 'ENOSPC'])
    expect(rig.count('piles')).toBe(0)
    isFull = false
    expect(await client.send('jobSubmit.addSliceData', upload, { stamp: 'upload' })).toMatchObject({
      lastSliceNumber: 2,
    })
    await client.send('resultSubmitter.closeJob', { job }, { stamp: 'close' })
  })

  it('that lost an input ends its job, and keeps nobody from other work', async () => {
    const lost = await deployValues(client, [long])
    await rig.values.sweep(() => new Set())
    await rig.close()
    await begin((store) => ({
      ...store,
      read: () => Promise.reject(new DcpError('ENOENT', 'there is no such value')),
    }))
    const job = await deployValues(client, [long])
    expect(job).not.toBe(lost)
    expect(await codeOf(requestTask(worker))).toBe('EBUSY')
    await settle()
    expect(client.heard('stop')).toMatchObject([
      { runStatus: 'cancelled', reason: 'the job was cancelled because its input was lost' },
    ])
    await deployValues(client, [7], [])
    const { tasks } = await requestTask(worker)
    expect(tasks).toHaveLength(1)
  })

  it('that lost a result tells the others and the end, and says which when it is fetched', async () => {
    await rig.close()
    await begin((store) => ({
      ...store,
      read: () => Promise.reject(new DcpError('ENOENT', 'there is no such value')),
    }))
    const job = await deployValues(client, [1, 2], undefined, {
      estimationSlices: 1,
    })
    await workThrough((value) => (value === 1 ? 'here' : long))
    await settle()
    expect(client.heard('stop')).toHaveLength(1)
    expect(told()).toEqual(new Map([[1, 'here']]))
    const fetched = client.send('resultSubmitter.fetchResult@1', { job, slices: '2' })
    expect(await codeOf(fetched)).toBe('ENOENT')
  })

  it('that lost one of the results of an event tells the others of it', async () => {
    await rig.close()
    await begin((store) => ({
      ...store,
      read: async (key) => {
        const text = await store.read(key)
        if (!text.includes('lost')) return text
        throw new DcpError('ENOENT', 'there is no such value')
      },
    }))
    await deployValues(client, [1, 2, 3], undefined, { greedyEstimation: true })
    await workThrough((value) => (value === 2 ? `lost ${long}` : long))
    await settle()
    expect(client.heard('stop')).toHaveLength(1)
    expect(told()).toEqual(
      new Map([
        [1, long],
        [3, long],
      ]),
    )
  })
})

describe('official programs', () => {
  async function deployAsOfficial(values: readonly unknown[]): Promise<string> {
    const job = jobId()
    const call = (service: string, operation: string, data: unknown): Promise<unknown> =>
      client.send(operation, data, { service })
    await call('jobSubmit', 'submit@5', { ...submitData(client.address), job, estimationSlices: 0 })
    await call('computeGroups', 'addJobToGroups', { job, cgArray: [publicGroup] })
    await call('jobSubmit', 'addSliceData', { job, dataValues: marshal(values) })
    await call('resultSubmitter', 'closeJob', { job })
    return job
  }

  interface OfficialTask {
    readonly authorizationMessage: unknown
    readonly body: {
      readonly task: Readonly<Record<string, { sliceNumber: number; datumUri: string }[]>>
    }
  }

  it('get inputs of up to a megabyte as data, longer ones at a location', async () => {
    const job = await deployAsOfficial([long, veryLong, 3])
    const targetLoad = { cpu: 3, gpu: 0, longSlices: 3 }
    const request = officialTaskRequest(worker, { targetLoad })
    const uris: string[] = []
    while (uris.length < 3) {
      const answer = await worker.send('requestTask@3', request, { service: 'taskDistributor' })
      for (const message of (answer as OfficialTask).body.task[job] ?? []) {
        uris[message.sliceNumber - 1] = message.datumUri
      }
    }
    expect(decodeValueUri(uris[0] ?? '')).toBe(long)
    expect(uris[1]).toMatch(/^http:\/\/dcp\.test\/values\/[0-9a-f]{64}$/)
    expect(decodeValueUri(uris[2] ?? '')).toBe(3)
    const name = uris[1]?.split('/').at(-1) ?? ''
    expect(JSON.parse(await rig.values.read(name))).toBe(veryLong)
  })

  it('get results likewise, when they come and when they are fetched', async () => {
    const job = await deployAsOfficial([1, 2, 3])
    const filter = { job }
    const subscribe = { label: 'result', options: { filter } }
    await client.send('subscribe', subscribe, { service: 'eventRouter' })
    await workThrough((value) => [0, long, veryLong, bytes][Number(value)])
    await settle()
    const location = /^http:\/\/dcp\.test\/values\/[0-9a-f]{64}$/
    const events = client
      .heard('result')
      .toSorted((a, b) => Number(a['sliceNumber']) - Number(b['sliceNumber']))
    const uris = events.map(({ result }) => (result as { result: string }).result)
    const rows = (await client.send('fetchResult', { job }, { service: 'resultSubmitter' })) as {
      slice: number
      value: string
    }[]
    for (const list of [uris, rows.map(({ value }) => value)]) {
      expect(decodeValueUri(list[0] ?? '')).toBe(long)
      expect(list[1]).toMatch(location)
      expect(String(decodeValueUri(list[2] ?? ''))).toBe(String(bytes))
      // Official clients decode percent escapes before they look at it.
      expect(list.map((uri) => decodeURIComponent(uri))).toEqual(list)
    }
  })

  it('send long results one by one', async () => {
    const job = await deployValues(client, [1])
    const targetLoad = { cpu: 1, gpu: 0, longSlices: 1 }
    const request = officialTaskRequest(worker, { targetLoad })
    const answer = (await worker.send('requestTask@3', request, {
      service: 'taskDistributor',
    })) as {
      owner: string
      signature: unknown
      auth: unknown
    }
    const { owner, signature, auth } = answer
    const result = {
      slice: 1,
      job,
      worker: workerId(1),
      paymentAddress: worker.address,
      metrics: { CPUTime: 1 },
      authorizationMessage: { owner, signature, auth },
      resultV2: marshal({
        string: JSON.stringify(veryLong),
        method: 'json',
        MIMEType: 'application/json',
      }),
    }
    await worker.send('result', result, { service: 'resultSubmitter' })
    await settle()
    expect(told()).toEqual(new Map([[1, veryLong]]))
    expect(longest('results', 'shelved')).toBe(64)
  })
})
