// What a connection offers its user: requests, batches, authorization, events, limits in time.
import { assert, expect, test } from 'vitest'

import { createSigner, generatePrivateKey } from '@manyhands/wallet'
import type { IncomingRequest } from '@manyhands/connection'
import type { Address } from '@manyhands/protocol'

import { createLab, echo } from './_lab.ts'
import { failureOf, settled } from './_manual-clock.ts'
import { createRawPeer } from './_raw-peer.ts'

/** How many sealed messages travel while `work` happens. */
async function countSealed(
  lab: ReturnType<typeof createLab>,
  work: () => Promise<unknown>,
): Promise<number> {
  let count = 0
  lab.fate = ({ text }) => {
    if (text.startsWith('{')) count += 1
    return [{}]
  }
  await work()
  await settled()
  return count
}

test('a request costs four sealed messages, and so do many at once', async () => {
  const lab = createLab()
  const connection = lab.connection()
  await connection.session()
  expect(await countSealed(lab, async () => await connection.request('echo', 1))).toBe(4)
  const many = Array.from({ length: 300 }, (_, n) => n)
  const sealed = await countSealed(lab, async () => {
    const answers = await Promise.all(many.map(async (n) => await connection.request('echo', n)))
    expect(answers).toEqual(many.map((n) => ({ echo: n })))
  })
  expect(sealed).toBe(4)
})

test('a batch is one message whatever its size, and each member has its own outcome', async () => {
  const lab = createLab()
  const connection = lab.connection()
  await connection.session()
  const requests = Array.from({ length: 400 }, (_, n) => ({
    operation: n === 7 ? 'refuse' : 'echo',
    data: n,
  }))
  let outcomes: PromiseSettledResult<unknown>[] = []
  const sealed = await countSealed(lab, async () => {
    outcomes = await connection.batch(requests)
  })
  // The answers come in batches of 300.
  expect(sealed).toBe(6)
  expect(outcomes[7]).toMatchObject({ status: 'rejected', reason: { code: 'ENOFUNDS' } })
  expect(outcomes[399]).toEqual({ status: 'fulfilled', value: { echo: 399 } })
  expect(await connection.batch([])).toEqual([])
})

test('a refusal has the code and the details the server gave', async () => {
  const lab = createLab()
  const refused = lab.connection().request('refuse')
  await expect(refused).rejects.toMatchObject({
    code: 'ENOFUNDS',
    message: 'not enough',
    details: { missing: '1.5' },
  })
})

test.each([
  ['a cycle', cycle()],
  ['a BigInt', 1n],
])('data that is no JSON (%s) is refused before it is sent', async (_name, data) => {
  await expect(createLab().connection().request('echo', data)).rejects.toMatchObject({
    code: 'EBADARG',
  })
})

function cycle(): unknown {
  const self: Record<string, unknown> = {}
  self['self'] = self
  return self
}

test.each([
  ['undefined', undefined, undefined],
  ['null', null, null],
  ['a string', 'text', 'text'],
  ['awkward text', '\u2028 \ud800 é "\\', '\u2028 \ud800 é "\\'],
])('a payload of %s arrives', async (_name, payload, expected) => {
  const lab = createLab({ dispatch: async () => await Promise.resolve(payload) })
  expect(await lab.connection().request('anything')).toEqual(expected)
})

test.each([
  ['that is no JSON', 1n],
  ['with the reserved member', { jsonData: 1 }],
])('a payload %s becomes an INTERNAL error', async (_name, payload) => {
  const lab = createLab({ dispatch: async () => await Promise.resolve(payload) })
  const connection = lab.connection()
  await expect(connection.request('anything')).rejects.toMatchObject({ code: 'INTERNAL' })
  expect(lab.endpoint.sessions.size).toBe(1)
})

test('jsonData is data, alone and in a batch, and wins over data', async () => {
  const lab = createLab()
  const peer = await createRawPeer(lab)
  await peer.connect()
  const payload = (stamp: string, jsonData: string): object => ({
    operation: 'echo',
    data: 'loser',
    jsonData,
    validity: { stamp, ttl: 120, time: lab.clock.now() / 1000 },
  })
  await peer.ask('echo', 0, { payload: payload('s1', '{"z":[1,2]}') })
  const member = { id: 'inner', type: 'request', payload: payload('s2', '"two"'), auth: {} }
  await peer.body(peer.request('', 0, { type: 'batch', payload: [member] }))
  expect(lab.dispatched.map(({ data }) => data)).toEqual([{ z: [1, 2] }, 'two'])
  const bad = await peer.ask('echo', 0, { payload: payload('s3', '{') })
  expect(bad?.['payload']).toMatchObject({ code: 'EINVAL' })
})

test('keys of resources authorize a request, alone and in a batch, for what they cover', async () => {
  const seen: Record<string, boolean>[] = []
  const lab = createLab({
    dispatch: async (request) => {
      seen.push({
        first: request.authorizes(first.address),
        second: request.authorizes(second.address),
        self: request.authorizes(request.peer),
      })
      return await Promise.resolve(null)
    },
  })
  const first = lab.key()
  const second = createSigner(generatePrivateKey(lab.random), lab.crypto)
  const connection = lab.connection()
  await connection.request('submit', { a: 'é' }, { authorizeBy: [first] })
  await connection.batch([
    { operation: 'submit', authorizeBy: [first, second] },
    { operation: 'submit', data: '"payload":', authorizeBy: [second] },
    { operation: 'submit' },
  ])
  expect(seen).toEqual([
    { first: true, second: false, self: true },
    { first: true, second: true, self: true },
    { first: false, second: true, self: true },
    { first: false, second: false, self: true },
  ])
})

test('a signature does not authorize another payload, guardian or accessor', async () => {
  const verdicts: boolean[] = []
  const lab = createLab({
    dispatch: async (request) => {
      verdicts.push(request.authorizes(resource.address))
      return await Promise.resolve(null)
    },
  })
  const resource = lab.key()
  const peer = await createRawPeer(lab)
  await peer.connect()
  const grant = {
    resource: resource.address,
    guardian: lab.server.address,
    accessor: peer.signer.address,
  }
  const ask = async (
    stamp: string,
    allow: unknown,
    tamper: (payload: Record<string, unknown>) => void = () => undefined,
    auth?: Record<string, unknown>,
  ): Promise<void> => {
    const payload: Record<string, unknown> = {
      operation: 'submit',
      data: { amount: 1 },
      allow,
      validity: { stamp, ttl: 120, time: lab.clock.now() / 1000 },
    }
    const signature = resource.sign(JSON.stringify(payload))
    tamper(payload)
    await peer.ask('submit', 0, { payload, auth: auth ?? { [resource.address]: signature } })
  }
  const other = lab.key().address
  await ask('right', [grant])
  await ask('tampered', [grant], (payload) => Object.assign(payload, { data: { amount: 2 } }))
  await ask('guardian', [{ ...grant, guardian: other }])
  await ask('accessor', [{ ...grant, accessor: other }])
  await ask('resource', [{ ...grant, resource: other }])
  await ask('no grant', [])
  await ask('no list', 'everything')
  await ask('no signature', [grant], undefined, {})
  await ask('bad signature', [grant], undefined, { [resource.address]: 'signed' })
  expect(verdicts).toEqual([true, ...Array.from({ length: 8 }, () => false)])
})

test('a server asks its client, in batches, and gets each answer', async () => {
  let session: IncomingRequest['session'] | undefined
  const lab = createLab({
    dispatch: async (request) => {
      session = request.session
      return await echo(request)
    },
  })
  const connection = lab.connection()
  connection.onServerRequest((operation, data) => {
    if (data === 13) throw new Error('unlucky')
    return { operation, data }
  })
  await connection.request('echo')
  assert(session !== undefined)
  const asked = session
  const answers: unknown[] = []
  const sealed = await countSealed(lab, async () => {
    const asks = Array.from({ length: 50 }, async (_, n) => await asked.request('event', n))
    answers.push(...(await Promise.all(asks)))
  })
  expect(sealed).toBe(4)
  expect(answers[3]).toEqual({ success: true, payload: { operation: 'event', data: 3 } })
  expect(answers[13]).toMatchObject({ success: false, payload: { code: 'INTERNAL' } })
})

test('a client without a handler refuses what the server asks', async () => {
  const lab = createLab()
  await lab.connection().session()
  await settled()
  const [session] = lab.endpoint.sessions.values()
  expect(await session?.request('event', 1)).toMatchObject({
    success: false,
    payload: { code: 'EINVAL' },
  })
})

test('`answered` settles with the Ack of the answer, or with the end of the session', async () => {
  const requests: IncomingRequest[] = []
  const lab = createLab({
    dispatch: async (request) => {
      requests.push(request)
      return await Promise.resolve(null)
    },
  })
  const peer = await createRawPeer(lab)
  await peer.connect()
  await peer.ask('one')
  await requests[0]?.answered
  peer.acking = false
  await peer.ask('two')
  let settledTwo = false
  const answered = requests[1]?.answered.finally(() => {
    settledTwo = true
  })
  await settled()
  expect(settledTwo).toBe(false)
  const failure = failureOf(answered)
  const closing = lab.endpoint.close()
  await lab.clock.advance(7_000)
  await closing
  expect(await failure).toMatchObject({ code: 'EPIPE' })
  await expect(requests[1]?.answered).rejects.toMatchObject({ code: 'EPIPE' })
})

test('a request that is aborted rejects at once, and its late answer does no harm', async () => {
  let release = (): void => undefined
  const lab = createLab({
    dispatch: async (request) => {
      await new Promise<void>((resolve) => {
        release = resolve
      })
      return await echo(request)
    },
  })
  const connection = lab.connection()
  const abort = new AbortController()
  const sent = connection.request('echo', 1, { signal: abort.signal })
  const failure = failureOf(sent)
  await settled()
  abort.abort('enough')
  expect(await failure).toBe('enough')
  release()
  await settled()
  const next = connection.request('echo', 2)
  await settled()
  release()
  expect(await next).toEqual({ echo: 2 })
  await expect(connection.request('echo', 3, { signal: AbortSignal.abort('before') })).rejects.toBe(
    'before',
  )
  expect(lab.dispatched.map(({ data }) => data)).toEqual([1, 2])
})

test('a request that is aborted while it waits for a session is never sent', async () => {
  const lab = createLab()
  const connection = lab.connection()
  const abort = new AbortController()
  const sent = connection.request('echo', 1, { signal: abort.signal })
  const failure = failureOf(sent)
  abort.abort('enough')
  expect(await failure).toBe('enough')
  await connection.session()
  await settled()
  expect(lab.dispatched).toHaveLength(0)
})

test('no server within the time for it is ETIMEDOUT, and the next request tries again', async () => {
  const lab = createLab()
  lab.fate = () => 'cut'
  const connection = lab.connection()
  const first = connection.request('echo', 1, { idempotent: true })
  const failure = failureOf(first)
  const waited = failureOf(connection.session())
  await lab.clock.advance(60_000)
  await lab.clock.advance(30_000)
  expect(await failure).toMatchObject({ code: 'ETIMEDOUT' })
  expect(await waited).toMatchObject({ code: 'ETIMEDOUT' })
  lab.fate = () => [{}]
  expect(await connection.request('echo', 2)).toEqual({ echo: 2 })
})

test('a server that takes connections but never answers is ETIMEDOUT too', async () => {
  const lab = createLab()
  lab.fate = () => []
  const asked = lab.connection().request('echo', 1)
  const failure = failureOf(asked)
  await lab.clock.advance(61_000)
  expect(await failure).toMatchObject({ code: 'ETIMEDOUT' })
})

test('a server with another identity than before is EADDRCHANGE', async () => {
  const lab = createLab()
  const expectedPeer = lab.key().address
  const refused = lab.connection({ expectedPeer }).request('echo', 1)
  await expect(refused).rejects.toMatchObject({
    code: 'EADDRCHANGE',
    details: { expected: expectedPeer, actual: lab.server.address },
  })
  const connection = lab.connection({ expectedPeer: lab.server.address })
  expect(connection.peer).toBeUndefined()
  await connection.request('echo', 1)
  expect(connection.peer satisfies Address | undefined).toBe(lab.server.address)
})

test('a client whose clock is wrong goes by the clock of the server', async () => {
  const lab = createLab()
  const { clock } = lab
  const connection = lab.connection()
  await connection.request('echo', 1)
  expect(lab.dispatched[0]?.timeMs).toBe(clock.now())
  await clock.advance(5_000)
  await connection.request('echo', 2)
  expect(lab.dispatched[1]?.timeMs).toBe(clock.now())
})
