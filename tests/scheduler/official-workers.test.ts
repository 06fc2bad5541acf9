// Official workers of both dialects (operations §15.7, §25).
import { sealText } from '@manyhands/protocol'
import { createPureCrypto, createSigner } from '@manyhands/wallet'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { jobId, publicGroup, submitData } from './_deploying.ts'
import { settle } from './_manual-clock.ts'
import {
  type Answer,
  ask,
  call,
  deploy,
  K,
  request4,
  resultOf,
  submit5,
  tokenOf,
} from './_official.ts'
import { codeOf } from './_refused.ts'
import { createRig, type Peer, type Rig } from './_rig.ts'
import { workerId } from './_working.ts'

const group = 'WHhetL7mj1w1mw1XV6dxyC'

let rig: Rig
let client: Peer
let worker: Peer
beforeEach(async () => {
  rig = await createRig()
  client = rig.peer(1)
  worker = rig.peer(2)
})
afterEach(() => rig.close())

describe('a dialect 5 worker', () => {
  it('gets the job and its slices in the canonical encodings', async () => {
    const job = await deploy(client, { estimationSlices: null, greedyEstimation: true })
    const answer = await ask(worker, { targetLoad: { cpu: 3, gpu: 0, longSlices: 0 } })
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
    const job = await deploy(client, { dataRange })
    const answer = await ask(worker)
    expect(answer.body.newJobs?.[job]?.['MROLocation']).toBe(
      'data:application/json;base64,eyJzdGFydCI6MTAsImVuZCI6MTIsInN0ZXAiOjF9',
    )
    expect(answer.body.task?.[job]?.[0]).not.toHaveProperty('datumUri')
  })

  it('sends results, which reach the client, and are worth nothing twice', async () => {
    const job = await deploy(client)
    const options = { filter: { job } }
    const labels = { reliableEvents: ['stop'], optionalEvents: ['result'], options }
    await call(client, 'eventRouter', 'subscribeMany', labels)
    const answer = await ask(worker)
    const result = resultOf(worker, answer, job, 1, 100)
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
    const job = await deploy(client)
    const answer = await ask(worker)
    const result = resultOf(worker, answer, job, 1, 100) as Record<string, unknown>
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
    const job = await deploy(client)
    const answer = await ask(worker)
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
    const job = await deploy(client)
    const [status] = (await call(client, 'pheme', 'listJobs', { job })) as { address: string }[]
    const name = status?.address.toLowerCase() ?? ''
    const answer = await ask(worker, { jobIds: [name] })
    expect(Object.keys(answer.body.task ?? {})).toEqual([name])
    const result = resultOf(worker, answer, name, 1, 5)
    await call(worker, 'resultSubmitter', 'result', result)
    expect(rig.count('results')).toBe(1)
  })

  it('that starts again gets what it held before', async () => {
    const job = await deploy(client)
    await ask(worker)
    const answer = await ask(worker, { fetchState: 5 })
    expect(answer.body.task?.[job]).toMatchObject([{ sliceNumber: 1 }])
  })

  it('loses what it does not list when it takes inventory', async () => {
    const job = await deploy(client, { estimationSlices: null, greedyEstimation: true })
    await ask(worker, { targetLoad: { cpu: 3, gpu: 0, longSlices: 0 } })
    await rig.clock.advance(6_000)
    await ask(worker, { fetchState: 2, soteriaJobs: { [`${job}-${group}`]: [1, 3] } })
    const other = await ask(worker, {
      coreStats: { worker: workerId(6), lCores: 1, pCores: 1, sandbox: 1 },
    })
    expect(other.body.task?.[job]).toMatchObject([{ sliceNumber: 2 }])
  })

  it('is kept waiting only when it holds nothing: meanwhile it runs none of its slices', async () => {
    const job = await deploy(client)
    const first = await ask(worker)
    expect(first.body.task?.[job]).toMatchObject([{ sliceNumber: 1 }])
    const other = { minimumWage: { CPU: 1, GPU: 0, in: 0, out: 0 } }
    expect((await ask(worker, other)).body).toEqual({})
    await call(worker, 'resultSubmitter', 'result', resultOf(worker, first, job, 1, 100))
    let answered = false
    const held = ask(worker, other).then((answer) => {
      answered = true
      return answer
    })
    await settle()
    expect(answered).toBe(false)
    await rig.clock.advance(60_000)
    expect((await held).body).toEqual({})
  })

  it('gets nothing for a wage, in another group, or when it only takes inventory', async () => {
    await deploy(client)
    const wage = { CPU: 1, GPU: 0, in: 0, out: 0 }
    for (const fields of [
      { fetchState: 2 },
      { targetLoad: { cpu: 0, gpu: 0, longSlices: 0 } },
      { minimumWage: wage, fetchState: 2 },
    ]) {
      expect((await ask(worker, fields)).body).toEqual({})
    }
    const held = [
      ask(worker, { minimumWage: wage }),
      ask(worker, {
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
    const job = await deploy(client)
    const answer = (await call(
      worker,
      'taskDistributor',
      'requestTask',
      request4(worker),
    )) as Answer
    const [name = ''] = Object.keys(answer.body.newJobs ?? {})
    expect(name).toMatch(/^0x[0-9a-fA-F]{40}$/)
    expect(answer.body.newJobs?.[name]).toMatchObject({
      address: name,
      requirements: { engine: {}, environment: {}, discrete: false, useStrict: false },
    })
    expect(answer.body.task?.[name]).toMatchObject([
      { jobAddress: name, sliceNumber: 1, datumUri: K[10] },
    ])
    await call(worker, 'resultSubmitter', 'result', resultOf(worker, answer, name, 1, 100))
    const fetched = await call(client, 'resultSubmitter', 'fetchResult', { job, range: [1] })
    expect(fetched).toEqual([{ slice: 1, value: K[100] }])
  })

  it('gets every value in the version it reads', async () => {
    await deploy(client, { estimationSlices: 0 })
    const uris: (string | undefined)[] = []
    for (const n of [1, 2, 3]) {
      const request = request4(worker, { coreStats: { worker: workerId(n), lCores: 1, pCores: 1 } })
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
    const withArgument = await deploy(client, { marshaledArguments })
    const withValue = jobId()
    await call(client, 'jobSubmit', 'submit@5', submitData(client.address, { id: withValue }))
    await call(client, 'computeGroups', 'addJobToGroups', {
      job: withValue,
      cgArray: [publicGroup],
    })
    await call(client, 'jobSubmit', 'addSliceData', { job: withValue, dataValues: symbol })
    await rig.restart()
    const wanted = { soteriaJobs: {}, fetchState: 1 }
    const older = call(worker, 'taskDistributor', 'requestTask', request4(worker, wanted))
    await rig.clock.advance(60_000)
    expect(await older).toMatchObject({ body: {} })
    expect(((await older) as Answer).body.task).toBeUndefined()
    const { body } = await ask(worker, { coreStats: { worker: workerId(7), lCores: 2, pCores: 2 } })
    expect(new Set(Object.keys(body.task ?? {}))).toEqual(new Set([withArgument, withValue]))
  })
})
