// Workers that cheat, over real sockets: each attempt is refused and counted, and nothing of it is
// in the database afterwards.
import { join } from 'node:path'

import type { NodeClient } from '@manyhands/client/node'
import { type Connection, createConnection } from '@manyhands/connection'
import { connectLocation } from '@manyhands/connection/node'
import {
  columnOf,
  type ColumnTask,
  type ColumnTaskReply,
  createWorkerId,
  silentLogger,
  systemClock,
  systemRandom,
  type WorkerId,
} from '@manyhands/protocol'
import { openDatabase } from '@manyhands/service'
import { Testnet } from '@manyhands/testnet'
import { createSigner, generatePrivateKey, joinHash, joinHashHash } from '@manyhands/wallet'
import { loadCrypto } from '@manyhands/wallet/node'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { codeOf } from './_refused.ts'
import { officialTaskRequest, taskRequest } from './_working.ts'

const deps = { clock: systemClock, random: systemRandom, logger: silentLogger }
const crypto = await loadCrypto()
const group = { joinKey: 'lab', joinSecret: 'open sesame' }

let net: Testnet
let client: NodeClient
const connections: Connection[] = []

/** Speaks as a worker does, and says what a worker would not. */
interface Peer {
  readonly connection: Connection
  readonly id: WorkerId
  send(operation: string, data: unknown): Promise<unknown>
  /** Asks for work as one that knows a secret of the group. */
  ask(secret: string, options?: Record<string, unknown>): Promise<ColumnTaskReply>
}

/** Shows that its sender knows a secret of the group. */
async function proofOf(connection: Connection, secret: string): Promise<unknown> {
  const hash = joinHash(group.joinKey, secret, crypto)
  const proof = joinHashHash(await connection.session(), hash, crypto)
  return { joinKey: group.joinKey, joinHashHash: proof }
}

function newPeer(): Peer {
  const identity = createSigner(generatePrivateKey(systemRandom), crypto)
  const open = connectLocation(new URL('dcp/', net.url))
  const connection = createConnection({ identity }, { open, crypto, ...deps })
  connections.push(connection)
  const id = createWorkerId(systemRandom)
  const send = (operation: string, data: unknown): Promise<unknown> =>
    connection.request(operation, data)
  return {
    connection,
    id,
    send,
    async ask(secret, options = {}) {
      const workerComputeGroups = [await proofOf(connection, secret)]
      const peer = { address: connection.identity }
      const request = taskRequest(peer, { id, workerComputeGroups, ...options })
      return (await send('taskDistributor.requestTask@3', request)) as ColumnTaskReply
    },
  }
}

async function refusals(kind: string): Promise<number> {
  // A connection that is kept may be closed by the other side just when it is used again.
  const headers = { connection: 'close' }
  const text = await (await fetch(new URL('metrics', net.url), { headers })).text()
  const line = text
    .split('\n')
    .find((one) => one.includes(`manyhands_refusals_total{kind="${kind}"}`))
  return Number(line?.split(' ')[1] ?? 0)
}

/** Rows of the tables that results, payments and events of workers end up in. */
async function stored(): Promise<Record<string, number>> {
  await using database = openDatabase({ file: join(net.dataDirectory, 'scheduler.sqlite') })
  return Object.fromEntries(
    ['results', 'payments', 'slice_trouble', 'events'].map((table) => {
      const [row] = database.raw.prepare(`select count(*) as n from ${table}`).all([]) as [
        { n: bigint },
      ]
      return [table, Number(row.n)]
    }),
  )
}

/** Does something hostile and tells what came of it: refusals of a kind, and rows. */
async function attempt<Answer>(
  kind: string,
  act: () => Promise<Answer>,
): Promise<{ readonly answer: Answer; readonly counted: number; readonly changed: boolean }> {
  const [before, rows] = [await refusals(kind), await stored()]
  const answer = await act()
  const after = await stored()
  const changed = Object.entries(rows).some(([table, count]) => after[table] !== count)
  return { answer, counted: (await refusals(kind)) - before, changed }
}

/** A job in the group that only workers of these tests compute, until it is cancelled. */
interface Deployed {
  readonly id: string
  /** What its owner heard: results and console lines. */
  readonly heard: unknown[]
  end(): Promise<void>
}

async function deploy(): Promise<Deployed> {
  const job = client.compute.for([1, 2, 3], (n) => n)
  job.computeGroups = [group]
  const heard: unknown[] = []
  job.on('result', ({ result }: { result: unknown }) => heard.push(result))
  job.on('console', ({ message }: { message: unknown }) => heard.push(message))
  const accepted = new Promise<void>((resolve) => job.on('accepted', () => resolve()))
  const ended = job.exec().then(
    () => undefined,
    () => undefined,
  )
  await accepted
  return {
    id: job.id,
    heard,
    async end() {
      await job.cancel()
      await ended
    },
  }
}

beforeAll(async () => {
  net = await Testnet.create({ workers: 0 })
  client = await net.connect()
  await client.computeGroups.createGroup(group, 'Lab')
})
afterAll(async () => {
  for (const connection of connections) await connection.close()
  await net.close()
})

let job: Deployed
let honest: Peer
let hostile: Peer
beforeEach(async () => {
  job = await deploy()
  honest = newPeer()
  hostile = newPeer()
  return () => job.end()
})

async function taskOf(peer: Peer): Promise<ColumnTask> {
  const [task] = (await peer.ask(group.joinSecret)).tasks
  if (task === undefined) throw new Error('the worker got no task')
  return task
}

function resultsFor(task: ColumnTask, peer: Peer): Record<string, unknown> {
  const { lease, slices } = task
  return { lease, worker: peer.id, slices, values: columnOf([42]), cpuMs: 1 }
}

describe('a worker', () => {
  it('with a forged group secret gets no work', async () => {
    const { answer, counted, changed } = await attempt('secret', () => hostile.ask('open barley'))
    expect(answer.tasks).toEqual([])
    expect([counted, changed]).toEqual([1, false])
    expect((await hostile.ask(group.joinSecret)).tasks).toHaveLength(1)
  })

  it('with the proof of another worker gets no work', async () => {
    const workerComputeGroups = [await proofOf(honest.connection, group.joinSecret)]
    const { answer, counted } = await attempt('secret', () =>
      hostile.ask('', { workerComputeGroups }),
    )
    expect([answer.tasks, counted]).toEqual([[], 1])
  })

  it('cannot bring a result for a slice it does not hold', async () => {
    const task = await taskOf(honest)
    const chunk = resultsFor(task, hostile)
    const stolen = await attempt('lease', () => hostile.send('resultSubmitter.results@1', chunk))
    expect(stolen).toEqual({
      answer: { accepted: 0, duplicate: '', refused: [[task.slices, 'EPERM']] },
      counted: 1,
      changed: false,
    })
    const own = { ...resultsFor(task, honest), slices: '3' }
    const beyond = await attempt('lease', () => honest.send('resultSubmitter.results@1', own))
    expect(beyond).toMatchObject({
      answer: { accepted: 0, refused: [['3', 'EBADARG']] },
      counted: 1,
      changed: false,
    })
  })

  it('cannot bring a result twice, nor another one later', async () => {
    const chunk = resultsFor(await taskOf(honest), honest)
    const send = (values: unknown): Promise<unknown> =>
      honest.send('resultSubmitter.results@1', { ...chunk, values })
    expect(await send(columnOf([42]))).toMatchObject({ accepted: 1 })
    const repeated = await attempt('repeated', async () => [
      await send(columnOf([42])),
      await send(columnOf([43])),
    ])
    expect(repeated).toMatchObject({
      answer: [{ accepted: 0 }, { accepted: 0 }],
      counted: 2,
      changed: false,
    })
    await expect.poll(() => job.heard).toEqual([42])
  })

  it('cannot bring a value that is too long', async () => {
    const chunk = resultsFor(await taskOf(honest), honest)
    const values = columnOf(['x'.repeat(48 * 1024 * 1024)])
    const { answer, counted, changed } = await attempt('size', () =>
      codeOf(honest.send('resultSubmitter.results@1', { ...chunk, values })),
    )
    expect([answer, counted, changed]).toEqual(['ETOOBIG', 1, false])
  })

  it('cannot tell anything of a job of somebody else', async () => {
    const task = await taskOf(honest)
    const emit = {
      eventName: 'console',
      payload: { level: 'log', message: columnOf(['psst']), same: 1 },
      job: job.id,
      slice: 1,
      worker: hostile.id,
      lease: task.lease,
    }
    const send = (peer: Peer, changes: object): Promise<unknown> =>
      peer.send('eventRouter.workEmit', { ...emit, ...changes })
    const { answer, counted, changed } = await attempt('event', async () => [
      await send(hostile, {}),
      await send(hostile, { worker: honest.id }),
      await send(honest, { worker: honest.id, slice: 3 }),
      await send(honest, { worker: honest.id, job: 'x'.repeat(22) }),
    ])
    expect([answer, counted, changed]).toEqual([[false, false, false, false], 4, false])
    // The first that its owner hears is what the worker that holds the slice says.
    expect(await send(honest, { worker: honest.id })).toBe(true)
    await expect.poll(() => job.heard).toHaveLength(1)
  })

  it('may tell of a slice whose result came first, on another connection', async () => {
    const task = await taskOf(honest)
    await honest.send('resultSubmitter.results@1', resultsFor(task, honest))
    const emit = {
      eventName: 'console',
      payload: { level: 'log', message: columnOf(['late']), same: 1 },
      job: job.id,
      slice: 1,
      worker: honest.id,
      lease: task.lease,
    }
    const late = (peer: Peer): Promise<unknown> =>
      peer.send('eventRouter.workEmit', { ...emit, worker: peer.id })
    expect(await late(honest)).toBe(true)
    const { answer, counted } = await attempt('event', () => late(hostile))
    expect([answer, counted]).toEqual([false, 1])
    await expect.poll(() => job.heard).toHaveLength(2)
  })
})

describe('an official worker', () => {
  /** As dialect 5 does it: the answer without its body is what the worker echoes. */
  async function askRows(peer: Peer): Promise<Record<string, unknown>> {
    const { connection, id } = peer
    const workerComputeGroups = [await proofOf(connection, group.joinSecret)]
    const address = connection.identity
    const request = officialTaskRequest({ address }, { id, workerComputeGroups })
    const answer = await peer.send('taskDistributor.requestTask@3', request)
    const { body: _body, ...token } = answer as Record<string, unknown>
    return token
  }

  function resultRow(peer: Peer, token: unknown, slice = 1, text = '42'): Record<string, unknown> {
    return {
      slice,
      job: job.id,
      worker: peer.id,
      paymentAddress: peer.connection.identity,
      metrics: { CPUTime: 5, GPUTime: 0, CPUDensity: 1, GPUDensity: 0, InDataSize: 9 },
      authorizationMessage: token,
      resultV2: {
        _serializeVerId: 'v8',
        what: { raw: { string: text, method: 'json', MIMEType: 'application/json' } },
      },
    }
  }

  it('cannot use the token of another worker, nor one of its own making', async () => {
    const token = await askRows(honest)
    const auth = token['auth'] as Record<string, unknown>
    const mine = { ...token, auth: { ...auth, workerId: hostile.id } }
    const signature = createSigner(generatePrivateKey(systemRandom), crypto).sign(
      JSON.stringify(mine.auth),
    )
    const submit = (row: unknown): Promise<string> =>
      codeOf(hostile.send('resultSubmitter.result', row))
    const { answer, counted, changed } = await attempt('token', async () => [
      await submit(resultRow(hostile, token)),
      await submit(resultRow(hostile, mine)),
      await submit(resultRow(hostile, { ...mine, signature })),
      await submit(resultRow(hostile, undefined)),
    ])
    expect(answer).toEqual(['EPERM', 'EPERM', 'EPERM', 'EBADARG'])
    expect([counted, changed]).toEqual([3, false])
    // By its name the worker is the other one; by its identity it is not.
    const posing = await attempt('lease', () => submit({ ...resultRow(honest, token) }))
    expect(posing).toEqual({ answer: 'fulfilled', counted: 1, changed: false })
  })

  it('cannot bring what it does not hold, twice what it does, or too much', async () => {
    const token = await askRows(honest)
    const submit = (row: unknown): Promise<string> =>
      codeOf(honest.send('resultSubmitter.result', row))
    const foreign = await attempt('lease', () => submit(resultRow(honest, token, 3)))
    expect(foreign).toEqual({ answer: 'fulfilled', counted: 1, changed: false })
    const long = JSON.stringify('x'.repeat(48 * 1024 * 1024))
    const big = await attempt('size', () => submit(resultRow(honest, token, 1, long)))
    expect(big).toEqual({ answer: 'ETOOBIG', counted: 1, changed: false })
    expect(await submit(resultRow(honest, token))).toBe('fulfilled')
    const again = await attempt('repeated', () => submit(resultRow(honest, token, 1, '43')))
    expect(again).toEqual({ answer: 'fulfilled', counted: 1, changed: false })
  })
})
