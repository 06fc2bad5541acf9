// Compute groups: made, changed and deleted by their owners, joined by those who know their secret.
import { createPureCrypto, joinHash, joinHashHash } from '@manyhands/wallet'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { jobId, publicGroup, submitData } from './_deploying.ts'
import { codeOf } from './_refused.ts'
import { createRig, type Peer, type Rig } from './_rig.ts'
import {
  officialTaskRequest,
  oneTask,
  requestTask,
  resultsOf,
  type WorkerOptions,
  workerId,
} from './_working.ts'

const crypto = createPureCrypto()
const demo = { joinKey: 'demo', joinHash: joinHash('demo', 'theSecret', crypto) }

let rig: Rig
let owner: Peer
let client: Peer
let worker: Peer
beforeEach(async () => {
  rig = await createRig()
  owner = rig.peer(1)
  client = rig.peer(2)
  worker = rig.peer(3)
})
afterEach(() => rig.close())

interface Soft {
  readonly success: boolean
  readonly payload?: unknown
  readonly code?: string
}

function call(peer: Peer, operation: string, data: unknown): Promise<Soft> {
  return peer.send(operation, data, { service: 'computeGroups' }) as Promise<Soft>
}

async function create(properties: object = {}, joinDescriptor: object = demo): Promise<string> {
  const request = {
    joinDescriptor,
    name: 'Demo',
    description: 'of a group',
    otherProperties: properties,
  }
  const { success, payload } = await call(owner, 'createGroup', request)
  expect(success).toBe(true)
  return String(payload)
}

/** What a peer sends to join with a secret, on its own session. */
function proof({ session }: Peer, secret = 'theSecret', joinKey = 'demo'): object {
  const hash = joinHash(joinKey, secret, crypto)
  return { joinKey, joinHashHash: joinHashHash(session.dcpsid, hash, crypto) }
}

async function submit(peer: Peer = client): Promise<string> {
  const job = jobId()
  const dataRange = { start: 1, end: 9, step: 1 }
  const data = submitData(peer.address, { id: job, dataRange, estimationSlices: 0 })
  await peer.send('jobSubmit.submit@5', data)
  return job
}

function join(job: string, cgArray: readonly object[], peer = client): Promise<Soft> {
  return call(peer, 'addJobToGroups', { job, cgArray })
}

async function jobIn(group: object, peer: Peer = client): Promise<string> {
  const job = await submit(peer)
  expect(await join(job, [group], peer)).toMatchObject({ success: true })
  return job
}

async function jobsFor(
  peer: Peer,
  groups: readonly object[],
  options: WorkerOptions = {},
): Promise<string[]> {
  const { tasks } = await requestTask(peer, { workerComputeGroups: groups, ...options })
  return tasks.map(({ job }) => job)
}

describe('a compute group', () => {
  it('brings together the jobs and the workers that know its secret, and no others', async () => {
    const id = await create()
    const job = await submit()
    expect(await join(job, [proof(client)])).toEqual({
      success: true,
      payload: [{ id, opaqueId: id, joinKey: 'demo', name: 'Demo' }],
    })
    expect(await jobsFor(worker, [{ joinKey: 'public', joinHashHash: 'any' }])).toEqual([])
    expect(await jobsFor(worker, [proof(worker, 'another')])).toEqual([])
    expect(await jobsFor(worker, [proof(worker)])).toEqual([job])
  })

  it('cannot be joined with the proof of another session', async () => {
    await create()
    const job = await submit()
    expect(await join(job, [proof(worker)])).toMatchObject({ success: false, code: 'ECGNONE' })
    await join(job, [proof(client)])
    expect(await jobsFor(worker, [proof(client)])).toEqual([])
  })

  it('can be joined with the joinHash itself by nobody', async () => {
    await create()
    const job = await submit()
    const replies = await Promise.all([
      join(job, [{ ...demo, joinHashHash: demo.joinHash }]),
      join(job, [demo]),
      join(job, [{ joinKey: 'demo' }]),
      join(job, [{ joinKey: 'demo', joinHashHash: '' }]),
    ])
    expect(replies.map(({ code }) => code)).toEqual(replies.map(() => 'ECGNONE'))
  })

  it('does not tell strangers that it exists', async () => {
    await create()
    const job = await submit()
    const [there, notThere] = await Promise.all([
      join(job, [proof(client, 'guessed')]),
      join(job, [proof(client, 'guessed', 'nothing')]),
    ])
    const message = (reply: object): string => String((reply as { message?: string }).message)
    expect(message(there).replace('demo', '')).toBe(message(notThere).replace('nothing', ''))
  })

  it('lets its owner in without the secret, and the identity it was made for', async () => {
    await create()
    await jobIn({ joinKey: 'demo' }, owner)
    const id = 'forClients'.padEnd(22, '0')
    await create({}, { id, joinAddress: client.address })
    await jobIn({ id }, client)
    const job = await submit(worker)
    expect(await join(job, [{ id }], worker)).toMatchObject({ code: 'ECGNONE' })
  })

  it('is joined beside others; one is enough', async () => {
    await create()
    const job = await submit()
    const { payload } = await join(job, [proof(client), publicGroup, { joinKey: 'nothing' }])
    expect(payload).toMatchObject([{ joinKey: 'demo' }, { joinKey: 'public' }])
    expect(await join(job, [])).toEqual({ success: true, payload: [] })
  })

  it('is known to a worker that asked before it was made', async () => {
    const asked = jobsFor(worker, [proof(worker)], { waitMs: 60_000 })
    await create()
    const job = await jobIn(proof(client))
    expect(await asked).toEqual([job])
  })

  it('outlives the process, with its jobs', async () => {
    await create({ maxConcurrentWorkers: 1 })
    const job = await jobIn(proof(client))
    await rig.restart()
    expect(await jobsFor(worker, [proof(worker)])).toEqual([job])
    await rig.restart()
    const other = rig.peer(4)
    expect(await jobsFor(other, [proof(other)], { id: workerId(4) })).toEqual([])
  })
})

describe('createGroup', () => {
  it('refuses names that are taken, and those of the public group', async () => {
    const id = await create()
    const again = (joinDescriptor: object): Promise<Soft> =>
      call(client, 'createGroup', { joinDescriptor })
    const replies = [
      again(demo),
      again({ joinKey: 'public', joinHash: demo.joinHash }),
      again({ id, joinAddress: client.address }),
      again({ id: publicGroup.opaqueId, joinAddress: client.address }),
    ]
    expect((await Promise.all(replies)).map(({ code }) => code)).toEqual(
      replies.map(() => 'EEXIST'),
    )
  })

  it.each<[string, object, string]>([
    ['nothing', {}, '"joinDescriptor" must have joinKey and joinHash, or id and joinAddress'],
    ['no proof', { joinKey: 'x' }, '"joinDescriptor" must have joinKey and joinHash'],
    ['an empty key', { joinKey: '', joinHash: demo.joinHash }, '"joinDescriptor.joinKey" must not'],
    ['a plain secret', { joinKey: 'x', joinHash: 'y' }, '"joinDescriptor.joinHash" must be eh1-'],
    [
      'a short id',
      { id: 'x', joinAddress: `0x${'1'.repeat(40)}` },
      '"joinDescriptor.id" must be 22',
    ],
  ])('refuses %s', async (_what, joinDescriptor, message) => {
    const reply = await call(owner, 'createGroup', { joinDescriptor })
    expect(reply).toMatchObject({ success: false, code: 'EBADARG' })
    expect(JSON.stringify(reply)).toContain(JSON.stringify(message).slice(1, -1))
  })

  it.each<[object, string]>([
    [{ commissionRate: 1 }, 'commissionRate'],
    [{ commissionRate: -0.1 }, 'commissionRate'],
    [{ deployFee: 'much' }, 'deployFee'],
    [{ deployAccess: 'nobody' }, 'deployAccess'],
    [{ maxConcurrentJobs: 1.5 }, 'maxConcurrentJobs'],
    [{ origins: { any: ['https://example.org/path'] } }, 'origins.any[0]'],
    [{ origins: { any: ['ws://example.org'] } }, 'origins.any[0]'],
    [{ origins: { workerFetch: [] } }, 'origins'],
  ])('refuses %j', async (otherProperties, field) => {
    const reply = await call(owner, 'createGroup', { joinDescriptor: demo, otherProperties })
    expect(reply).toMatchObject({ success: false, code: 'EBADARG' })
    expect(JSON.stringify(reply)).toContain(`otherProperties.${field}`)
  })

  it('is done once, however often the request comes', async () => {
    const send = (): Promise<unknown> =>
      owner.send(
        'createGroup',
        { joinDescriptor: demo },
        { service: 'computeGroups', stamp: 'one' },
      )
    const first = await send()
    expect(await send()).toEqual(first)
    expect(rig.count('compute_groups')).toBe(1)
  })
})

describe('the owner of a group', () => {
  it('changes it; what he does not name stays', async () => {
    const id = await create({ commissionRate: '0.25', maxConcurrentJobs: 7, deployFee: 3 })
    const joinHash2 = joinHash('demo', 'new', crypto)
    const newDescriptor = { name: 'Other', joinHash: joinHash2, maxConcurrentJobs: null }
    const reply = await call(owner, 'changeGroup', {
      descriptor: { joinKey: 'demo' },
      newDescriptor,
    })
    expect(reply).toEqual({
      success: true,
      payload: {
        id,
        opaqueId: id,
        joinKey: 'demo',
        name: 'Other',
        description: 'of a group',
        owner: owner.address,
        commissionRate: 0.25,
        deployFee: '3',
        maxConcurrentJobs: null,
      },
    })
    const job = await submit()
    expect(await join(job, [proof(client)])).toMatchObject({ success: false })
    expect(await join(job, [proof(client, 'new')])).toMatchObject({ success: true })
    await rig.restart()
    expect(await jobsFor(worker, [proof(worker, 'new')])).toEqual([job])
  })

  it('lists its jobs and takes them out', async () => {
    const id = await create()
    const jobs = [
      await jobIn(proof(client)),
      await jobIn(proof(client)),
      await jobIn(proof(client)),
    ]
    const descriptor = { id }
    const listed = await call(owner, 'listJobs', { descriptor })
    expect(listed.payload).toMatchObject(jobs.map((job) => ({ job, runStatus: 'running' })))
    expect(await call(owner, 'removeJob', { job: jobs[1], descriptor })).toEqual({
      success: true,
      payload: jobs[1],
    })
    expect(await call(owner, 'removeJob', { job: jobs[1], descriptor })).toMatchObject({
      success: false,
      code: 'ENOENT',
    })
    expect(await call(owner, 'removeAllJobs', { descriptor })).toEqual({
      success: true,
      payload: [jobs[0], jobs[2]],
    })
    expect(await jobsFor(worker, [proof(worker)])).toEqual([])
    const job = await jobIn(proof(client))
    expect(await call(client, 'removeJob', { job, descriptor })).toMatchObject({ success: true })
  })

  it('deletes it: its jobs leave it, what its workers hold they may finish', async () => {
    await create()
    await jobIn(proof(client))
    const request = { workerComputeGroups: [proof(worker)] }
    const task = await oneTask(worker, request)
    const deleted = await call(owner, 'deleteGroup', { descriptor: { joinKey: 'demo' } })
    expect(deleted).toMatchObject({ success: true })
    expect(await worker.send('resultSubmitter.results@1', resultsOf(task))).toMatchObject({
      accepted: 1,
    })
    expect((await requestTask(worker, request)).tasks).toEqual([])
    expect(rig.count('compute_groups') + rig.count('job_groups')).toBe(0)
    await create()
  })

  it('is nobody else', async () => {
    await create()
    const job = await jobIn(proof(owner), owner)
    const descriptor = { joinKey: 'demo' }
    for (const data of [descriptor, publicGroup]) {
      for (const operation of [
        'deleteGroup',
        'listJobs',
        'removeAllJobs',
        'removeJob',
        'changeGroup',
      ]) {
        const request = { descriptor: data, job, newDescriptor: { name: 'mine' } }
        const reply = await call(client, operation, request)
        expect([operation, reply.code]).toEqual([operation, 'EPERM'])
      }
    }
    const nothing = { descriptor: { joinKey: 'nothing' } }
    expect(await call(client, 'deleteGroup', nothing)).toMatchObject({ code: 'ENOENT' })
  })

  it('of a job is the only one who puts it into groups', async () => {
    await create()
    const job = await submit()
    const asked = owner.send('computeGroups.addJobToGroups', {
      job,
      cgArray: [{ joinKey: 'demo' }],
    })
    expect(await codeOf(asked)).toBe('EPERM')
  })
})

describe('the limits of a group', () => {
  it('keep jobs of others out where only the owner may deploy', async () => {
    await create({ deployAccess: 'owner' })
    const job = await submit()
    expect(await join(job, [proof(client)])).toMatchObject({ success: false, code: 'ECGNONE' })
    await jobIn({ joinKey: 'demo' }, owner)
  })

  it('count the jobs that live', async () => {
    await create({ maxConcurrentJobs: 1 })
    const first = await jobIn(proof(client))
    // It is in the group already: joining again is nothing new.
    expect(await join(first, [proof(client)])).toMatchObject({ success: true })
    const second = await submit()
    const refused = await join(second, [proof(client)])
    expect(refused).toMatchObject({ success: false, code: 'ECGNONE' })
    expect(JSON.stringify(refused)).toContain('has all the jobs it may have at a time')
    await client.send('jobSubmit.cancelJob', { job: first })
    expect(await join(second, [proof(client)])).toMatchObject({ success: true })
  })

  it('count the workers that hold something of it', async () => {
    await create({ maxConcurrentWorkers: 1 })
    const job = await jobIn(proof(client))
    const other = rig.peer(4)
    const task = await oneTask(worker, { workerComputeGroups: [proof(worker)] })
    const ask = (): Promise<string[]> => jobsFor(other, [proof(other)], { id: workerId(4) })
    expect(await ask()).toEqual([])
    await worker.send('resultSubmitter.results@1', resultsOf(task))
    expect(await ask()).toEqual([job])
  })

  it('count all sandboxes of its workers', async () => {
    await create({ maxConcurrentSandboxes: 5, maxConcurrentCPUs: 4 })
    const job = await jobIn(proof(client))
    const big = rig.peer(4)
    const ask = (peer: Peer, n: number, sandboxes: number): Promise<string[]> =>
      jobsFor(peer, [proof(peer)], { id: workerId(n), sandboxes })
    expect(await ask(big, 4, 5)).toEqual([])
    expect(await ask(worker, 3, 3)).toContain(job)
    expect(await ask(rig.peer(5), 5, 2)).toEqual([])
    expect(await ask(rig.peer(6), 6, 1)).toContain(job)
  })

  it('are told to official workers, with what they may reach', async () => {
    const origins = { fetchData: ['https://data.example.org'] }
    const id = await create({ commissionRate: 0.1, origins })
    const job = await jobIn(proof(client))
    const request = officialTaskRequest(worker, { workerComputeGroups: [proof(worker)] })
    expect(
      await worker.send('requestTask@3', request, { service: 'taskDistributor' }),
    ).toMatchObject({
      auth: { jobCommissions: { [job]: { rate: 0.1, account: owner.address } } },
      body: {
        newJobs: {
          [job]: {
            jobCgId: `${job}-${id}`,
            public: { computeGroups: [{ opaqueId: id, name: 'Demo', description: 'of a group' }] },
          },
        },
        computeGroupJobs: { [id]: [job] },
        computeGroupOrigins: { [id]: origins },
      },
    })
  })
})
