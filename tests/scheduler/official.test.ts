// Official clients and workers, by the messages of their traces (operations §15.7, §25).
import { sealText } from '@manyhands/protocol'
import { createPureCrypto, createSigner } from '@manyhands/wallet'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { jobId, publicGroup, submitData } from './_deploying.ts'
import { settle } from './_manual-clock.ts'
import { codeOf } from './_refused.ts'
import { createRig, type Peer, type Rig } from './_rig.ts'
import { workerId } from './_working.ts'

const group = 'WHhetL7mj1w1mw1XV6dxyC'
const K = {
  10: 'data:application/x-kvin;base64,eyJfc2VyaWFsaXplVmVySWQiOiJ2OCIsIndoYXQiOjEwfQ==',
  text: 'data:application/x-kvin;base64,eyJfc2VyaWFsaXplVmVySWQiOiJ2OCIsIndoYXQiOiJcdTAwZTkjIn0=',
  object:
    'data:application/x-kvin;base64,eyJfc2VyaWFsaXplVmVySWQiOiJ2OCIsIndoYXQiOnsiY3RyIjowLCJwcyI6eyJhIjp7ImFyciI6WzEsMl19fX19',
  100: 'data:application/x-kvin;base64,eyJfc2VyaWFsaXplVmVySWQiOiJ2OCIsIndoYXQiOjEwMH0=',
} as const

let rig: Rig
let client: Peer
let worker: Peer
beforeEach(async () => {
  rig = await createRig()
  client = rig.peer(1)
  worker = rig.peer(2)
})
afterEach(() => rig.close())

function call(peer: Peer, service: string, operation: string, data: unknown): Promise<unknown> {
  return peer.send(operation, data, { service })
}

const submit5 = {
  workFunctionURI: "data:,(x,m)=%3E%7Bprogress();return%20x*m+'#%C3%A9';%7D",
  requirements: 64,
  estimationSlices: 0,
  marshaledArguments: {
    _serializeVerId: 'v9',
    what: {
      arr: [
        {
          raw: {
            string: '{"_serializeVerId":"v9","what":2}',
            method: 'kvin',
            MIMEType: 'application/x-kvin',
          },
        },
        { raw: { string: '"two"', method: 'json', MIMEType: 'application/json' } },
      ],
    },
  },
}

const dataValues = {
  _serializeVerId: 'v9',
  what: { arr: [10, 'é#', { ctr: 0, ps: { a: { arr: [1, 2] } } }] },
}

/** As 5.6.1 does it, on four connections. */
async function deploy(fields: Record<string, unknown> = {}): Promise<string> {
  const job = jobId()
  await call(client, 'jobSubmit', 'submit@5', {
    ...submitData(client.address),
    ...submit5,
    ...fields,
    job,
  })
  const cgArray = [{ ...publicGroup, name: 'Public Compute Group (open access)', joinHash: '' }]
  await call(client, 'computeGroups', 'addJobToGroups', { job, cgArray })
  if (fields['dataRange'] !== undefined) return job
  await call(client, 'jobSubmit', 'addSliceData', { job, dataValues })
  await call(client, 'resultSubmitter', 'closeJob', { job })
  return job
}

function request5(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    targetLoad: { cpu: 2, gpu: 0, longSlices: 2 },
    coreStats: { worker: workerId(5), lCores: 2, pCores: 2, sandbox: 2 },
    jobQuanta: { CPU: { 0: 1 }, GPU: { 0: 1 } },
    capabilities: 80,
    gpuSpeed: -1,
    paymentAddress: worker.address,
    jobIds: [],
    workerComputeGroups: [{ joinKey: 'public', joinHashHash: 'eh1-00' }],
    minimumWage: { CPU: 0, GPU: 0, in: 0, out: 0 },
    soteriaJobs: null,
    overdueSlices: null,
    previouslyWorkedJobs: [],
    rejectedJobs: [null],
    unresolvedJobs: [],
    fetchState: 1,
    seq: 0,
    worktimes: [{ name: 'map-basic', version: '1.0.0' }],
    ...fields,
  }
}

function request4(fields: Record<string, unknown> = {}): Record<string, unknown> {
  const { jobIds: _jobIds, gpuSpeed: _gpuSpeed, seq: _seq, ...common } = request5()
  return {
    ...common,
    supervisor: '2.0.0',
    jobAddresses: [],
    capabilities: {
      engine: { es7: false, spidermonkey: false },
      environment: { webgpu: false, offscreenCanvas: false, fdlibm: true },
      browser: {},
      details: { offscreenCanvas: { bigTexture4096: false } },
      discrete: true,
      useStrict: true,
    },
    worktimes: [{ name: 'map-basic', versions: ['1.0.0'] }],
    ...fields,
  }
}

interface Answer {
  readonly owner: string
  readonly auth: Record<string, unknown>
  readonly body: {
    readonly newJobs?: Record<string, Record<string, unknown>>
    readonly task?: Record<string, { sliceNumber: number; datumUri?: string }[]>
  }
}

async function ask(fields: Record<string, unknown> = {}): Promise<Answer> {
  const answer = await call(worker, 'taskDistributor', 'requestTask@3', request5(fields))
  return answer as Answer
}

function tokenOf({ body: _body, ...token }: Answer): unknown {
  return token
}

function resultOf(answer: Answer, job: string, slice: number, value: unknown): unknown {
  const string = JSON.stringify({ _serializeVerId: 'v9', what: value })
  return {
    slice,
    job,
    worker: workerId(5),
    paymentAddress: worker.address,
    metrics: {
      CPUTime: 5,
      GPUTime: 0,
      CPUDensity: 1,
      GPUDensity: 0,
      InDataSize: 9,
      OutDataSize: 9,
    },
    authorizationMessage: tokenOf(answer),
    resultV2: {
      _serializeVerId: 'v9',
      what: { raw: { string, method: 'kvin', MIMEType: 'application/x-kvin' } },
    },
  }
}

describe('a dialect 5 worker', () => {
  it('gets the job and its slices in the canonical encodings', async () => {
    const job = await deploy({ estimationSlices: null, greedyEstimation: true })
    const answer = await ask({ targetLoad: { cpu: 3, gpu: 0, longSlices: 0 } })
    expect(answer.auth).toMatchObject({
      workerId: workerId(5),
      authSlices: { [job]: [] },
      jobCommissions: {},
      schedulerId: { address: answer.owner },
    })
    expect(answer.body.newJobs?.[job]).toMatchObject({
      jobId: job,
      jobCgId: `${job}-${group}`,
      needCapabilities: 64,
      discrete: false,
      useStrict: false,
      codeLocation: submit5.workFunctionURI,
      argumentsLocation: [
        {
          argIndex: 0,
          value: 'data:application/x-kvin;base64,eyJfc2VyaWFsaXplVmVySWQiOiJ2OCIsIndoYXQiOjJ9',
        },
        { argIndex: 1, value: 'data:application/json;base64,InR3byI=' },
      ],
      requirePath: [],
      modulePath: [],
      dependencies: [],
      worktime: { name: 'map-basic', version: '*' },
      public: { computeGroups: [{ opaqueId: group }] },
    })
    const slices = answer.body.task?.[job] ?? []
    expect(slices.map(({ sliceNumber }) => sliceNumber)).toEqual([1, 2, 3])
    expect(slices.map(({ datumUri }) => datumUri)).toEqual([K[10], K.text, K.object])
    expect(slices[0]).toMatchObject({
      jobId: job,
      worker: workerId(5),
      resultStorageType: 'values',
    })
  })

  it('gets a range of integers once, and no values', async () => {
    const dataRange = { start: 10, end: 12, step: 1 }
    const job = await deploy({ dataRange })
    const answer = await ask()
    expect(answer.body.newJobs?.[job]?.['MROLocation']).toBe(
      'data:application/json;base64,eyJzdGFydCI6MTAsImVuZCI6MTIsInN0ZXAiOjF9',
    )
    expect(answer.body.task?.[job]?.[0]).not.toHaveProperty('datumUri')
  })

  it('sends results, which reach the client, and are worth nothing twice', async () => {
    const job = await deploy()
    const options = { filter: { job } }
    const labels = { reliableEvents: ['stop'], optionalEvents: ['result'], options }
    await call(client, 'eventRouter', 'subscribeMany', labels)
    const answer = await ask()
    const result = resultOf(answer, job, 1, 100)
    const reply = { slicePaymentAmount: '0', metrics: { measuredSlices: 1, lastSliceNumber: 3 } }
    expect(await call(worker, 'resultSubmitter', 'result', result)).toMatchObject(reply)
    expect(await call(worker, 'resultSubmitter', 'result', result)).toMatchObject(reply)
    await settle()
    expect(client.heard('result')).toEqual([
      {
        eventName: 'result',
        job,
        sliceNumber: 1,
        result: { request: 'main', result: K[100] },
      },
    ])
    const fetched = await call(client, 'resultSubmitter', 'fetchResult', { job, range: [1, 2] })
    expect(fetched).toEqual([{ slice: 1, value: K[100] }])
  })

  it('cannot speak with the token of another, a forged one, or for another slice', async () => {
    const job = await deploy()
    const answer = await ask()
    const result = resultOf(answer, job, 1, 100) as Record<string, unknown>
    const submit = (peer: Peer, data: unknown): Promise<unknown> =>
      call(peer, 'resultSubmitter', 'result', data)
    const forged = { ...answer, auth: { ...answer.auth, issued: 1 } }
    const authorizationMessage = tokenOf(forged)
    expect(await codeOf(submit(worker, { ...result, authorizationMessage }))).toBe('EPERM')
    expect(await codeOf(submit(worker, { ...result, worker: workerId(6) }))).toBe('EPERM')
    expect(await codeOf(submit(worker, { ...result, job: 'another' }))).toBe('EPERM')
    await submit(rig.peer(9), result)
    await submit(worker, { ...result, slice: 2 })
    expect(rig.count('results')).toBe(0)
  })

  it('gives slices back one by one, and all when it stops', async () => {
    const job = await deploy()
    const answer = await ask()
    const returned = {
      worker: workerId(5),
      slices: [
        {
          sliceNumbers: [1],
          job,
          authorizationMessage: tokenOf(answer),
          status: 'return',
          reason: 'repoMan',
        },
      ],
    }
    expect(await call(worker, 'resultSubmitter', 'status', returned)).toEqual({})
    expect(rig.scheduler.load().leases).toBe(0)
    const signer = createSigner(new Uint8Array(32).fill(3), createPureCrypto())
    const other = rig.peer(3)
    const forged = sealText(signer, JSON.stringify({ id: workerId(5) }))
    const stop = { paymentAddress: other.address, fetchState: 16, returnAllSlices: forged }
    expect(await codeOf(call(other, 'taskDistributor', 'requestTask@3', stop))).toBe('EPERM')
  })

  it('is asked by another name when it named the job by its address', async () => {
    const job = await deploy()
    const [status] = (await call(client, 'pheme', 'listJobs', { job })) as { address: string }[]
    const name = status?.address.toLowerCase() ?? ''
    const answer = await ask({ jobIds: [name] })
    expect(Object.keys(answer.body.task ?? {})).toEqual([name])
    const result = resultOf(answer, name, 1, 5)
    await call(worker, 'resultSubmitter', 'result', result)
    expect(rig.count('results')).toBe(1)
  })

  it('that starts again gets what it held before', async () => {
    const job = await deploy()
    await ask()
    const answer = await ask({ fetchState: 5 })
    expect(answer.body.task?.[job]).toMatchObject([{ sliceNumber: 1 }])
  })

  it('loses what it does not list when it takes inventory', async () => {
    const job = await deploy({ estimationSlices: null, greedyEstimation: true })
    await ask({ targetLoad: { cpu: 3, gpu: 0, longSlices: 0 } })
    await rig.clock.advance(6_000)
    await ask({ fetchState: 2, soteriaJobs: { [`${job}-${group}`]: [1, 3] } })
    const other = await ask({
      coreStats: { worker: workerId(6), lCores: 1, pCores: 1, sandbox: 1 },
    })
    expect(other.body.task?.[job]).toMatchObject([{ sliceNumber: 2 }])
  })

  it('is kept waiting only when it holds nothing: meanwhile it runs none of its slices', async () => {
    const job = await deploy()
    const first = await ask()
    expect(first.body.task?.[job]).toMatchObject([{ sliceNumber: 1 }])
    const other = { minimumWage: { CPU: 1, GPU: 0, in: 0, out: 0 } }
    expect((await ask(other)).body).toEqual({})
    await call(worker, 'resultSubmitter', 'result', resultOf(first, job, 1, 100))
    let answered = false
    const held = ask(other).then((answer) => {
      answered = true
      return answer
    })
    await settle()
    expect(answered).toBe(false)
    await rig.clock.advance(60_000)
    expect((await held).body).toEqual({})
  })

  it('gets nothing for a wage, in another group, or when it only takes inventory', async () => {
    await deploy()
    const wage = { CPU: 1, GPU: 0, in: 0, out: 0 }
    for (const fields of [
      { fetchState: 2 },
      { targetLoad: { cpu: 0, gpu: 0, longSlices: 0 } },
      { minimumWage: wage, fetchState: 2 },
    ]) {
      expect((await ask(fields)).body).toEqual({})
    }
    const held = [
      ask({ minimumWage: wage }),
      ask({
        coreStats: { worker: workerId(6), lCores: 1, pCores: 1, sandbox: 1 },
        workerComputeGroups: [{ joinKey: 'other', joinHashHash: 'eh1-00' }],
      }),
    ]
    await rig.clock.advance(60_000)
    for (const answer of await Promise.all(held)) expect(answer.body).toEqual({})
  })
})

describe('a dialect 4 worker', () => {
  it('computes a job of a dialect 5 client under its address', async () => {
    const job = await deploy()
    const answer = (await call(worker, 'taskDistributor', 'requestTask', request4())) as Answer
    const [name = ''] = Object.keys(answer.body.newJobs ?? {})
    expect(name).toMatch(/^0x[0-9a-fA-F]{40}$/)
    expect(answer.body.newJobs?.[name]).toMatchObject({
      address: name,
      requirements: { engine: {}, environment: {}, discrete: false, useStrict: false },
    })
    expect(answer.body.task?.[name]).toMatchObject([
      { jobAddress: name, sliceNumber: 1, datumUri: K[10] },
    ])
    await call(worker, 'resultSubmitter', 'result', resultOf(answer, name, 1, 100))
    const fetched = await call(client, 'resultSubmitter', 'fetchResult', { job, range: [1] })
    expect(fetched).toEqual([{ slice: 1, value: K[100] }])
  })

  it('gets every value in the version it reads', async () => {
    await deploy({ estimationSlices: 0 })
    const uris: (string | undefined)[] = []
    for (const n of [1, 2, 3]) {
      const request = request4({ coreStats: { worker: workerId(n), lCores: 1, pCores: 1 } })
      const answer = (await call(worker, 'taskDistributor', 'requestTask', request)) as Answer
      const [job] = Object.values(answer.body.newJobs ?? {})
      const given = job?.['argumentsLocation'] as readonly { readonly value: string }[]
      const [slices = []] = Object.values(answer.body.task ?? {})
      uris.push(...given.map(({ value }) => value), ...slices.map(({ datumUri }) => datumUri))
    }
    expect(new Set(uris).size).toBe(5)
    for (const uri of uris) {
      const [type = '', text = ''] = uri?.split(';base64,') ?? []
      if (type === 'data:application/json') continue
      expect(type).toBe('data:application/x-kvin')
      expect(JSON.parse(atob(text))).toMatchObject({ _serializeVerId: 'v8' })
    }
  })

  it('gets no job with a value that it cannot read, which other workers get', async () => {
    const symbol = { _serializeVerId: 'v9', what: { arr: [1, { arr: [{ symbol: 'x' }] }] } }
    const argument = { string: '{"_serializeVerId":"v9","what":{"symbol":"x"}}', method: 'kvin' }
    const marshaledArguments = {
      _serializeVerId: 'v9',
      what: { arr: [{ raw: { ...argument, MIMEType: 'application/x-kvin' } }] },
    }
    const withArgument = await deploy({ marshaledArguments })
    const withValue = jobId()
    await call(client, 'jobSubmit', 'submit@5', submitData(client.address, { id: withValue }))
    await call(client, 'computeGroups', 'addJobToGroups', {
      job: withValue,
      cgArray: [publicGroup],
    })
    await call(client, 'jobSubmit', 'addSliceData', { job: withValue, dataValues: symbol })
    await rig.restart()
    const wanted = { soteriaJobs: {}, fetchState: 1 }
    const older = call(worker, 'taskDistributor', 'requestTask', request4(wanted))
    await rig.clock.advance(60_000)
    expect(await older).toMatchObject({ body: {} })
    expect(((await older) as Answer).body.task).toBeUndefined()
    const { body } = await ask({ coreStats: { worker: workerId(7), lCores: 2, pCores: 2 } })
    expect(new Set(Object.keys(body.task ?? {}))).toEqual(new Set([withArgument, withValue]))
  })
})

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
    const answer = await ask()
    expect(Object.values(answer.body.newJobs ?? {})).toMatchObject([
      { needCapabilities: 16, discrete: true },
    ])
    const second = ask()
    await rig.clock.advance(60_000)
    // Discrete: one slice of the job for each worker.
    expect((await second).body).toEqual({})
  })
})

describe('a local job', () => {
  it('meets only the worker that names it', async () => {
    const job = jobId()
    const uri = 'file:///tmp/slice-1'
    await client.send(
      'jobSubmit.submit@5',
      {
        ...submitData(client.address),
        job,
        localExec: true,
        marshaledArguments: { _serializeVerId: 'v9', what: { arr: [] } },
        marshaledDataValues: { 0: uri, length: 1 },
      },
      { authorize: false },
    )
    expect((await ask({ fetchState: 2 })).body).toEqual({})
    const answer = await ask({ jobIds: [job] })
    expect(answer.body.task?.[job]).toMatchObject([{ sliceNumber: 1, datumUri: uri }])
  })

  it('of a range names the file of the range, and no input of a slice', async () => {
    const job = jobId()
    const uri = 'file:///tmp/range.json'
    await client.send(
      'jobSubmit.submit@5',
      {
        ...submitData(client.address),
        job,
        localExec: true,
        marshaledArguments: { _serializeVerId: 'v9', what: { arr: [] } },
        dataRange: { 0: uri, length: 1 },
        rangeLength: 2,
      },
      { authorize: false },
    )
    const { body } = await ask({ jobIds: [job] })
    expect(Object.values(body.newJobs ?? {})).toMatchObject([{ MROLocation: uri }])
    const [slice] = body.task?.[job] ?? []
    expect(slice).toMatchObject({ sliceNumber: 1 })
    expect(slice).not.toHaveProperty('datumUri')
  })
})

it('cancels for the payer, and tells a finished job as it is', async () => {
  const payer = rig.peer(7)
  const job = await deploy({ paymentAccount: payer.address })
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
  const job = await deploy()
  const answer = await ask()
  await call(worker, 'resultSubmitter', 'result', resultOf(answer, job, 1, 100))
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
  await call(worker, 'resultSubmitter', 'result', resultOf(answer, job, 1, 7))
  expect(await call(client, 'resultSubmitter', 'fetchResult', { job })).toEqual([])
})
