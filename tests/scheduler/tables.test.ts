// Table queries to the scheduler, as official programs make them, over HTTP.
import { silentLogger, systemClock, systemRandom } from '@manyhands/protocol'
import type { ColumnTask, Signer } from '@manyhands/protocol'
import { schedulerTables } from '@manyhands/scheduler'
import { createHttpServer, createWriter, tableQueryRoutes } from '@manyhands/service'
import type { Authority } from '@manyhands/service'
import { expect, test } from 'vitest'

import {
  crypto,
  post,
  query,
  rowsOf,
  schemaOf,
  signerOf,
  valueOf,
} from '../../packages/service/src/table-queries/_client.ts'
import type { Answer } from '../../packages/service/src/table-queries/_client.ts'
import { deploy, deployValues } from './_deploying.ts'
import { createRig, type Peer, type Rig } from './_rig.ts'
import { requestTask, resultsOf, work } from './_working.ts'

const owner = signerOf(1)
const stranger = signerOf(2)
const workerKey = signerOf(3)
const workerId = 'w'.repeat(22)

/** The owner's worker is `workerKey`; nobody else has any. */
const authority: Authority = {
  callerOf: (signer) => ({
    signer,
    address: signer,
    workers:
      signer === owner.address || signer === workerKey.address
        ? [{ id: workerId, identity: workerKey.address }]
        : [],
  }),
}

interface Tables extends AsyncDisposable {
  readonly base: string
  ask(signer: Signer, method: string, what: object, options?: object): Promise<Answer>
}

async function serve(rig: Rig): Promise<Tables> {
  const writer = createWriter(rig.database.raw)
  const deps = { clock: systemClock, random: systemRandom, logger: silentLogger, crypto }
  const routes = tableQueryRoutes(
    { service: 'scheduler', path: '/jnu/scheduler/', tables: schedulerTables },
    { ...deps, writer, authority },
  )
  const server = createHttpServer({ routes }, deps)
  await server.start()
  const base = `${server.origin}/jnu/scheduler/`
  return {
    base,
    ask: (signer, method, what, options) => query(base, signer, method, what, options),
    async [Symbol.asyncDispose]() {
      await server.close()
      await writer.close()
      await rig.close()
    },
  }
}

/** A peer with the key of a signer. */
function peerOf(rig: Rig, { address }: Signer): Peer {
  return rig.peer(Number(BigInt(address) % 1_000_000_007n), address)
}

test('the schema has one object for the types that official clients compare', async () => {
  await using tables = await serve(await createRig())
  const answer = await post(`${tables.base}schema`, owner, { queryKVINv9: {} })
  const schema = schemaOf(answer) as Record<string, Record<string, Record<string, unknown>>>
  const { autoId } = schema['columnTypes'] ?? {}
  expect(autoId).toBeDefined()
  expect(schema['tables']?.['jobs']?.['id']).toBe(autoId)
  expect(schema['tables']?.['jobResults']?.['id']).toBe(autoId)
})

test('the owner of a job finds it by its id and by its address', async () => {
  const rig = await createRig()
  await using tables = await serve(rig)
  const client = peerOf(rig, owner)
  const job = await deployValues(client, [1, 2, 3], ['stop'], { name: 'three' })
  await requestTask(rig.peer(9), { sandboxes: 1 })
  const find = async (signer: Signer, name: unknown): Promise<Record<string, unknown>[]> =>
    rowsOf(await tables.ask(signer, 'select', { table: 'jobs', prototype: { opaqueId: name } }))
  const [found] = await find(owner, job)
  expect(found).toMatchObject({
    opaqueId: job,
    job,
    owner: owner.address,
    name: 'three',
    status: 'estimation',
    totalSlices: 3,
    completedSlices: 0,
    activeSlices: 1,
    isOpen: false,
  })
  expect(await find(owner, found?.['address'])).toEqual([found])
  expect(await find(owner, 'nobody')).toEqual([])
  expect(await find(stranger, job)).toEqual([])
})

test('the owner of a job sees what it used of processors of both kinds', async () => {
  const rig = await createRig()
  await using tables = await serve(rig)
  const job = await deployValues(peerOf(rig, owner), [1], [])
  const worker = rig.peer(9)
  const [task] = (await requestTask(worker)).tasks
  const results = { ...resultsOf(task as ColumnTask), cpuMs: 250, gpuMs: 500 }
  await worker.send('resultSubmitter.results@1', results)
  const select = { table: 'jobs', prototype: { job } }
  expect(rowsOf(await tables.ask(owner, 'select', select))).toMatchObject([
    { totalCPUTime: 0.25, totalGPUTime: 0.5 },
  ])
})

test('jobs are counted by state, and nobody writes them', async () => {
  const rig = await createRig()
  await using tables = await serve(rig)
  const client = peerOf(rig, owner)
  await deploy(client, { dataRange: { start: 1, end: 2 } })
  await deployValues(client, [1])
  const groups = await tables.ask(
    owner,
    'select',
    { table: 'jobs' },
    { variant: 'groupCount', groups: 'status' },
  )
  expect(valueOf(groups)).toEqual([{ status: 'estimation', count: 2 }])
  const change = { table: 'jobs', original: { id: 1 }, prototype: { name: 'x' } }
  expect(await tables.ask(owner, 'change', change)).toMatchObject({ error: { code: 'EPERM' } })
})

test('results are listed for the owner of their job', async () => {
  const rig = await createRig()
  await using tables = await serve(rig)
  const job = await deployValues(peerOf(rig, owner), [1, 2], ['stop'])
  await work(rig.peer(9))
  const results = { table: 'jobResults', prototype: { jobOpaqueId: job }, order: 'sliceNumber' }
  expect(rowsOf(await tables.ask(owner, 'select', results))).toMatchObject([
    { sliceNumber: 1, jobOpaqueId: job },
    { sliceNumber: 2, jobOpaqueId: job },
  ])
  expect(rowsOf(await tables.ask(stranger, 'select', results))).toEqual([])
})

test('a worker keeps its record, its owner sees it, and another key cannot touch it', async () => {
  await using tables = await serve(await createRig())
  const record = (signer: Signer, prototype: object): Promise<Answer> =>
    tables.ask(
      signer,
      'change',
      { table: 'w$workerRunInfo', prototype: { workerOpaqueId: workerId, ...prototype } },
      { variant: 'changeOrAdd' },
    )
  const first = { hostname: 'desk', pid: 7, ram: undefined, version: { node: '20' }, cpuCores: 4 }
  await record(workerKey, { ...first, status: 'running', notThereYet: 1 })
  await record(workerKey, { earnings: { add: '0.25' } })
  await record(workerKey, { earnings: { add: 0.5 }, status: 'end' })
  await record(stranger, { hostname: 'elsewhere' })
  const shown = async (signer: Signer, table: string): Promise<unknown> =>
    rowsOf(await tables.ask(signer, 'select', { table })).map(({ earnings, ...shownRow }) => ({
      ...shownRow,
      earnings: earnings === null ? null : Number(earnings),
    }))
  const row = { hostname: 'desk', pid: 7, ram: null, version: { node: '20' }, status: 'end' }
  const mine = [{ ...row, cpuCores: 4, earnings: 0.75 }]
  expect(await shown(workerKey, 'w$workerRunInfo')).toMatchObject(mine)
  expect(await shown(owner, 'workerRunInfo')).toMatchObject(mine)
  expect(await shown(stranger, 'w$workerRunInfo')).toMatchObject([{ hostname: 'elsewhere' }])
  expect(await shown(stranger, 'workerRunInfo')).toEqual([])
})

test('a worker keeps a ring of tasks and finds the newest', async () => {
  await using tables = await serve(await createRig())
  const write = (serial: number, at: number): Promise<Answer> => {
    const key = { workerOpaqueId: workerId, serial }
    const currentTask = { jobs: { j: { sliceCount: serial } }, finished: new Date(at) }
    return tables.ask(
      workerKey,
      'change',
      {
        table: 'w$workerTaskInfo',
        original: key,
        prototype: { ...key, taskTime: new Date(at), currentTask },
      },
      { variant: 'changeOrAdd' },
    )
  }
  for (const serial of [1, 2, 3]) await write(serial, serial * 1000)
  expect(await write(1, 9000)).toMatchObject({ result: { rowCount: 1 } })
  const newest = await tables.ask(workerKey, 'select', {
    table: 'w$workerTaskInfo',
    prototype: { workerOpaqueId: workerId },
    order: [{ taskTime: 'desc' }],
    limit: 1,
  })
  expect(rowsOf(newest)).toMatchObject([
    { serial: 1, taskTime: new Date(9000), currentTask: { finished: new Date(9000) } },
  ])
})

test('an owner leaves settings and notifications for its own workers', async () => {
  await using tables = await serve(await createRig())
  const setting = { workerOpaqueId: workerId, keyPath: 'cores.cpu', value: 2 }
  const add = (signer: Signer, prototype: object): Promise<Answer> =>
    tables.ask(signer, 'add', { table: 'workerConfigValue', prototype })
  expect(await add(owner, setting)).toMatchObject({ result: { rowCount: 1 } })
  expect(await add(stranger, setting)).toMatchObject({ error: { code: 'EPERM' } })
  const asked = {
    table: 'w$workerConfigValue',
    prototype: { workerOpaqueId: { in: [null, workerId] } },
    order: [{ keyPath: 'asc' }, { workerOpaqueId: 'desc' }],
  }
  expect(rowsOf(await tables.ask(workerKey, 'select', asked))).toMatchObject([
    { keyPath: 'cores.cpu', value: 2, owner: owner.address },
  ])
  expect(rowsOf(await tables.ask(stranger, 'select', asked))).toEqual([])

  const note = { workerOpaqueId: workerId, event: { reload: true }, signature: { v: 27 } }
  await tables.ask(owner, 'add', { table: 'workerNotifications', prototype: note })
  const read = { table: 'w$workerNotifications', prototype: { workerOpaqueId: workerId } }
  expect(rowsOf(await tables.ask(workerKey, 'select', read))).toMatchObject([{ id: 1, ...note }])
  const done = { ...read, prototype: { id: { in: [1] }, workerOpaqueId: workerId } }
  const deleted = await tables.ask(workerKey, 'delete', done, { variant: 'deleteMany' })
  expect(deleted).toMatchObject({ result: { rowCount: 1 } })
})
