// Data that never passes the scheduler: it hands out locations, for input and for results.
import { columnOf, type ColumnTaskReply, marshal, unmarshal } from '@manyhands/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { deploy, deployValues, publicGroup, submitData } from './_deploying.ts'
import { settle } from './_manual-clock.ts'
import { codeOf, messageOf } from './_refused.ts'
import { createRig, type Peer, type Rig } from './_rig.ts'
import { officialTaskRequest, requestTask, resultsOf } from './_working.ts'

let rig: Rig
let client: Peer
let worker: Peer
beforeEach(async () => {
  rig = await createRig()
  client = rig.peer(1)
  worker = rig.peer(2)
})
afterEach(() => rig.close())

const pattern = { dataPattern: 'http://data.test/%7Bslice%7D.json', sliceCount: 3 }

const storage = {
  resultStorageType: 'pattern',
  resultStorageDetails:
    'http://store.test/%7Bjob%7D/%7Bslice%7D/%7Bunique%7D?%7Bhash:0,8%7D&{other}',
  resultStorageParams: { token: 'abc', number: 5 },
}

interface OfficialAnswer {
  readonly body: {
    readonly newJobs: Readonly<Record<string, Readonly<Record<string, unknown>>>>
    readonly task: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>
  }
}

async function officialTask(sandboxes: number): Promise<OfficialAnswer> {
  const request = officialTaskRequest(worker, { sandboxes })
  const answer = await worker.send('requestTask@3', request, { service: 'taskDistributor' })
  return answer as OfficialAnswer
}

/** Everything there is for a worker, as one reply. */
async function allTasks(): Promise<ColumnTaskReply> {
  return requestTask(worker, { sandboxes: 10 })
}

describe('a pattern of locations', () => {
  it('is as many slices as was said, each with its own location', async () => {
    const job = await deploy(client, { ...pattern, estimationSlices: 0 })
    const { tasks } = await allTasks()
    const values = tasks.flatMap((task) => unmarshal(task.values) as unknown[])
    expect(values).toEqual([1, 2, 3].map((n) => new URL(`http://data.test/${n}.json`)))
    for (const task of tasks) await worker.send('resultSubmitter.results@1', resultsOf(task))
    expect(await client.send('pheme.fetchJobReport', { job })).toMatchObject({ status: 'finished' })
  })

  it('costs a row, however many slices it has', async () => {
    await deploy(client, { ...pattern, sliceCount: 1e15 })
    expect(rig.count('piles')).toBe(0)
  })

  it('reaches official workers as text', async () => {
    const job = await deploy(client, { ...pattern, estimationSlices: 0 })
    const { body } = await officialTask(1)
    expect(body.task[job]?.[0]).toMatchObject({
      sliceNumber: 1,
      datumUri: 'http://data.test/1.json',
      resultStorageType: 'values',
    })
  })

  it('must be one', async () => {
    const data = submitData(client.address, { dataPattern: '/{slice}.json', sliceCount: 3 })
    const message = await messageOf(client.send('jobSubmit.submit@5', data))
    expect(message).toBe('submit@5: "dataPattern" must be a location such as http://…')
  })
})

describe('a set of locations', () => {
  const locations = [new URL('http://a.test/1'), 7, new URL('http://b.test/2')]

  it('travels to a worker as it is, literal values among it', async () => {
    await deployValues(client, locations, [], { estimationSlices: 0 })
    const { tasks } = await allTasks()
    expect(tasks.flatMap((task) => unmarshal(task.values) as unknown[])).toEqual(locations)
  })

  it('reaches official workers as text, and a location that is none as the value it is', async () => {
    const data = submitData(client.address, { estimationSlices: 0 })
    const job = String(data['job'])
    await client.send('jobSubmit.submit@5', data)
    await client.send('computeGroups.addJobToGroups', { job, cgArray: [publicGroup] })
    const { what } = columnOf(locations)
    const dataValues = {
      _serializeVerId: 'v9',
      what: { arr: [...what.arr, { ctr: 18, arg: 'none' }] },
    }
    await client.send('jobSubmit.addSliceData', { job, dataValues })
    const { body } = await officialTask(4)
    const uris = body.task[job]?.map(({ datumUri }) => String(datumUri).slice(0, 20))
    const found = [...(uris ?? [])]
    while (found.length < 4) {
      const more = (await officialTask(4)).body.task[job] ?? []
      found.push(...more.map(({ datumUri }) => String(datumUri).slice(0, 20)))
    }
    expect(found).toEqual([
      'http://a.test/1',
      'data:application/x-k',
      'http://b.test/2',
      'data:application/x-k',
    ])
  })
})

describe('results that their owner keeps', () => {
  it('have a location each, made from the pattern', async () => {
    const dataRange = { start: 1, end: 3, step: 1 }
    const job = await deploy(client, { dataRange, estimationSlices: 0, ...storage })
    const { tasks, jobs } = await allTasks()
    const locations = tasks.flatMap(({ resultLocations }) => resultLocations ?? [])
    expect(jobs[job]?.resultParams).toEqual({ token: 'abc', number: '5' })
    expect(locations).toHaveLength(3)
    expect(new Set(locations.map((location) => location.split('/')[5])).size).toBe(3)
    for (const [index, location] of locations.entries()) {
      expect(location).toMatch(
        new RegExp(
          String.raw`^http://store\.test/${job}/${index + 1}/[A-Za-z0-9]{22}\?[0-9a-f]{8}&\{other\}$`,
        ),
      )
    }
  })

  it('are told to official workers, and what the place answered to the client', async () => {
    const job = await deploy(client, {
      dataRange: { start: 1, end: 1, step: 1 },
      estimationSlices: 0,
      ...storage,
    })
    const answer = (await officialTask(1)) as OfficialAnswer & Record<string, unknown>
    const [message] = answer.body.task[job] ?? []
    expect(message).toMatchObject({
      resultStorageType: 'pattern',
      resultStorageDetails: expect.stringContaining(`http://store.test/${job}/1/`) as string,
      resultStorageParams: { token: 'abc', number: '5' },
    })
    const { owner, signature, auth } = answer
    const result = {
      slice: 1,
      job,
      worker: message?.['worker'],
      paymentAddress: worker.address,
      metrics: { CPUTime: 1 },
      authorizationMessage: { owner, signature, auth },
      result: `data:,${encodeURI('stored at http://store.test/1 ü')}`,
    }
    await worker.send('result', result, { service: 'resultSubmitter' })
    await settle()
    const rows = (await client.send('fetchResult', { job }, { service: 'resultSubmitter' })) as {
      value: string
    }[]
    const json = Buffer.from(rows[0]?.value.split(',')[1] ?? '', 'base64').toString()
    expect(JSON.parse(json)).toBe('stored at http://store.test/1 ü')
  })

  it('must have a place that can be', async () => {
    const submit = (fields: object): Promise<unknown> =>
      client.send('jobSubmit.submit@5', {
        ...submitData(client.address, { dataRange: { start: 1, end: 1, step: 1 } }),
        ...fields,
      })
    expect(await codeOf(submit({ resultStorageType: 'pattern' }))).toBe('EBADARG')
    expect(await codeOf(submit({ ...storage, resultStorageDetails: '/results' }))).toBe('EBADARG')
    expect(await codeOf(submit({ ...storage, resultStorageType: 'disk' }))).toBe('EBADARG')
  })
})

describe('a task', () => {
  it('says in which group it was found, and what its owner asks workers to reach', async () => {
    await deploy(client, { dataRange: { start: 1, end: 1, step: 1 } })
    const reply = await allTasks()
    expect(reply.tasks[0]?.group).toBe(publicGroup.opaqueId)
    expect(reply.computeGroupOrigins).toBeUndefined()
  })
})

// Arguments stay what they were sent as: a location among them is the worker's to read.
it('hands on locations of work functions and arguments', async () => {
  const marshaledArguments = marshal([new URL('http://data.test/argument.json')])
  const workFunctionURI = 'http://code.test/work.js'
  const dataRange = { start: 1, end: 1, step: 1 }
  const job = await deploy(client, { dataRange, workFunctionURI, marshaledArguments })
  const { jobs } = await allTasks()
  expect(jobs[job]?.workFunctionURI).toBe(workFunctionURI)
  expect(unmarshal(jobs[job]?.marshaledArguments as never)).toEqual([
    new URL('http://data.test/argument.json'),
  ])
})
