// Sessions over lost transports, lost servers and lost patience, with our client on the other end.
import { assert, expect, test } from 'vitest'

import type { Connection, IncomingRequest } from '@manyhands/connection'

import { createLab, echo, type Lab } from './_lab.ts'
import { failureOf, settled } from './_manual-clock.ts'
import { createRawPeer } from './_raw-peer.ts'

/** Requests of a session with batches, events and answers, whatever the network does to it. */
async function converse(lab: Lab, connection: Connection): Promise<unknown[]> {
  const events: unknown[] = []
  connection.onServerRequest((_operation, data) => {
    events.push(data)
    return 'success'
  })
  const first = connection.request('echo', 'first')
  const many = Array.from({ length: 5 }, async (_, n) => await connection.request('echo', n))
  const batch = connection.batch([
    { operation: 'echo', data: 'a' },
    { operation: 'pushMe', data: 'b' },
  ])
  const answers = (async (): Promise<unknown[]> => [
    await first,
    ...(await Promise.all(many)),
    ...(await batch).map((result) =>
      result.status === 'fulfilled' ? result.value : result.reason,
    ),
    await connection.request('echo', 'last'),
  ])()
  for (let second = 0; second < 40; second += 1) await lab.clock.advance(1000)
  return [...(await answers), events]
}

const conversation = [
  { echo: 'first' },
  ...Array.from({ length: 5 }, (_, n) => ({ echo: n })),
  { echo: 'a' },
  'pushed',
  { echo: 'last' },
  ['event 1', 'event 2'],
]

async function pushing(request: IncomingRequest): Promise<unknown> {
  if (request.operation !== 'pushMe') return await echo(request)
  void request.session.request('event', 'event 1')
  void request.session.request('event', 'event 2')
  return 'pushed'
}

test('a conversation comes through an undisturbed network', async () => {
  const lab = createLab({ dispatch: pushing })
  expect(await converse(lab, lab.connection())).toEqual(conversation)
  expect(lab.dispatched.map(({ data }) => data)).toEqual(['first', 0, 1, 2, 3, 4, 'a', 'b', 'last'])
})

const messages = countMessages()
async function countMessages(): Promise<number> {
  const lab = createLab({ dispatch: pushing })
  let count = 0
  lab.fate = () => {
    count += 1
    return [{}]
  }
  await converse(lab, lab.connection())
  return count
}

test('a link that breaks at any message delays the conversation and changes nothing', async () => {
  for (let breaking = 1; breaking <= (await messages); breaking += 1) {
    const lab = createLab({ dispatch: pushing })
    let count = 0
    lab.fate = () => {
      count += 1
      return count === breaking ? 'cut' : [{}]
    }
    expect(await converse(lab, lab.connection()), `cut at ${breaking}`).toEqual(conversation)
    expect(lab.dispatched, `cut at ${breaking}`).toHaveLength(9)
  }
})

test('a network that breaks again and again cannot stop the conversation', async () => {
  const lab = createLab({ dispatch: pushing })
  let count = 0
  lab.fate = () => {
    count += 1
    return count % 7 === 0 ? 'cut' : [{}]
  }
  expect(await converse(lab, lab.connection())).toEqual(conversation)
  expect(lab.dispatched).toHaveLength(9)
})

test('texts that arrive twice, or late, change nothing', async () => {
  const lab = createLab({ dispatch: pushing })
  let count = 0
  lab.fate = () => {
    count += 1
    return count % 3 === 0 ? [{ delayMs: 40 }] : [{ delayMs: 10 }, { delayMs: 10 }]
  }
  expect(await converse(lab, lab.connection())).toEqual(conversation)
  expect(lab.dispatched).toHaveLength(9)
})

test('a text that is lost without a broken link is sent again after the longest round trip', async () => {
  const lab = createLab()
  const connection = lab.connection()
  await connection.request('echo', 0)
  let lose = true
  lab.fate = () => {
    if (!lose) return [{}]
    lose = false
    return []
  }
  const answer = connection.request('echo', 1)
  await lab.clock.advance(119_000)
  expect(lab.dispatched).toHaveLength(1)
  await lab.clock.advance(3_000)
  expect(await answer).toEqual({ echo: 1 })
})

test('a server that comes back without its sessions gets what may be repeated, once more', async () => {
  const lab = createLab({ dispatch: async (request) => await waiting(request) })
  let release = (): void => undefined
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  async function waiting(request: IncomingRequest): Promise<unknown> {
    if (request.data === 'slow') await held
    return await echo(request)
  }
  const connection = lab.connection()
  const sessions: string[] = []
  connection.onSession((dcpsid) => void sessions.push(dcpsid))
  const lost = connection.request('echo', 'slow')
  const repeated = connection.request('echo', 'slow', { idempotent: true })
  const failure = failureOf(lost)
  await lab.clock.advance(0)
  expect(lab.dispatched).toHaveLength(2)
  lab.restart()
  release()
  await lab.clock.advance(5_000)
  expect(await failure).toMatchObject({ code: 'ECONNRESET' })
  expect(await repeated).toEqual({ echo: 'slow' })
  expect(sessions).toHaveLength(2)
  expect(new Set(sessions).size).toBe(2)
  const [, first, second] = lab.dispatched
  expect(second?.stamp).toBe(first?.stamp)
  expect(lab.dispatched).toHaveLength(3)
})

test('a server that was away for long is used soon after it says that the session is gone', async () => {
  const lab = createLab()
  const connection = lab.connection()
  await connection.request('echo', 1)
  lab.kill()
  await lab.clock.advance(60_000)
  lab.restart()
  const answer = connection.request('echo', 2, { idempotent: true })
  // The next attempt of a client that has tried for a minute may take half a minute to come.
  for (let second = 0; lab.network.links().length === 0; second += 1) {
    assert(second < 40)
    await lab.clock.advance(1_000)
  }
  // A second until the server says goodbye, half a second of pause.
  await lab.clock.advance(2_000)
  expect(await answer).toEqual({ echo: 2 })
})

test('a peer whose session is unknown is told to close it, in the name of that session', async () => {
  const lab = createLab()
  const peer = await createRawPeer(lab)
  await peer.connect()
  await peer.ask('echo', 1)
  lab.restart()
  const again = await createRawPeer(lab, { signer: peer.signer })
  again.dcpsid = peer.dcpsid
  const ack = peer.lastAck()
  await again.body(ack)
  await again.body(again.request('keepalive', 0, { nonce: peer.nonce }))
  await lab.clock.advance(999)
  // The keepalive gets neither Ack nor answer.
  expect(again.received).toEqual([])
  await lab.clock.advance(1)
  expect(again.received).toMatchObject([
    {
      type: 'request',
      dcpsid: peer.dcpsid,
      nonce: ack['nonce'],
      payload: { operation: 'close', data: 'EPIPE' },
    },
  ])
  expect(again.closed).toBe(true)
  expect(lab.endpoint.load()).toMatchObject({ transports: 0, strayTransports: 0 })
})

test('a stray peer that never sends an Ack is not kept for ever', async () => {
  const lab = createLab()
  const peer = await createRawPeer(lab)
  peer.dcpsid = 'made up'
  await peer.body(peer.request('echo', 1))
  await lab.clock.advance(60_000)
  expect(peer.closed).toBe(true)
  expect(lab.endpoint.load()).toMatchObject({ transports: 0, strayTransports: 0 })
})

test('a session whose peer stays away ends after the linger time, and says so', async () => {
  let request: IncomingRequest | undefined
  const lab = createLab({
    lingerMs: 600_000,
    dispatch: async (incoming) => {
      request = incoming
      return await Promise.resolve(1)
    },
  })
  const peer = await createRawPeer(lab)
  await peer.connect()
  await peer.ask('anything')
  assert(request !== undefined)
  await peer.hangUp()
  expect(request.session.connected).toBe(false)
  const open = request.session.request('event', 1)
  const failure = failureOf(open)
  await lab.clock.advance(599_999)
  expect(request.session.ended.aborted).toBe(false)
  await lab.clock.advance(1)
  expect(request.session.ended.aborted).toBe(true)
  expect(await failure).toMatchObject({ code: 'ETIMEDOUT' })
})

test('what is queued for a peer that is away is bounded', async () => {
  const lab = createLab()
  const peer = await createRawPeer(lab)
  await peer.connect()
  const [session] = lab.endpoint.sessions.values()
  assert(session !== undefined)
  await peer.hangUp()
  const outcomes = Array.from({ length: 2_005 }, async (_, n) => {
    await session.request('event', n)
  })
  const codes = Promise.allSettled(outcomes)
  expect(lab.endpoint.load().queued).toBe(2_000)
  await lab.endpoint.close()
  const reasons = (await codes).map((outcome) =>
    outcome.status === 'rejected' ? (outcome.reason as { code: string }).code : '',
  )
  expect(reasons.filter((code) => code === 'EBUSY')).toHaveLength(5)
})

test('closing gets an Ack and an answer, and ends the session at once', async () => {
  const lab = createLab()
  const peer = await createRawPeer(lab)
  await peer.connect()
  expect((await peer.ask('close', 'EPIPE'))?.['payload']).toBe('goodbye')
  expect(lab.endpoint.sessions.size).toBe(0)
  // It is the client's part to hang up; one that does not is helped after a while.
  expect(peer.closed).toBe(false)
  await lab.clock.advance(7_000)
  expect(peer.closed).toBe(true)
})

test('our client closes without waiting, and refuses requests from then on', async () => {
  const lab = createLab()
  const connection = lab.connection()
  await connection.request('echo', 1)
  await connection.close()
  expect(lab.endpoint.sessions.size).toBe(0)
  expect(lab.network.links()).toHaveLength(0)
  await expect(connection.request('echo', 2)).rejects.toMatchObject({ code: 'EPIPE' })
  await connection.close()
  await lab.clock.advance(7_000)
  expect(lab.clock.timers).toBe(0)
})

test('our client closes within the time for it when the server does not answer', async () => {
  const lab = createLab()
  const connection = lab.connection({ closeTimeoutMs: 3_000 })
  await connection.request('echo', 1)
  lab.fate = () => []
  let closed = false
  const closing = connection.close().then(() => {
    closed = true
  })
  await lab.clock.advance(2_999)
  expect(closed).toBe(false)
  await lab.clock.advance(1)
  await closing
})

test('closing before anything was asked, or while connecting, is possible', async () => {
  const lab = createLab()
  await lab.connection().close()
  const connection = lab.connection()
  const asked = connection.request('echo', 1)
  const failure = failureOf(asked)
  await connection.close()
  expect(await failure).toMatchObject({ code: 'EPIPE' })
  await settled()
  expect(lab.network.links()).toHaveLength(0)
})

test('a server that closes tells its clients, who come back to the next one', async () => {
  const lab = createLab()
  const connection = lab.connection()
  const sessions: string[] = []
  connection.onSession((dcpsid) => void sessions.push(dcpsid))
  await connection.request('echo', 1)
  const closing = lab.endpoint.close()
  await lab.clock.advance(0)
  await closing
  lab.restart()
  await lab.clock.advance(2_000)
  expect(sessions).toHaveLength(2)
  expect(await connection.request('echo', 2)).toEqual({ echo: 2 })
})

test('a server that closes gives a silent peer no more than the time for it', async () => {
  const lab = createLab({ closeTimeoutMs: 2_000 })
  const peer = await createRawPeer(lab)
  await peer.connect()
  peer.acking = false
  let closed = false
  const closing = lab.endpoint.close().then(() => {
    closed = true
  })
  await lab.clock.advance(1_999)
  expect(closed).toBe(false)
  expect(peer.received.at(-1)?.['payload']).toMatchObject({
    operation: 'close',
    data: 'ECONNRESET',
  })
  await lab.clock.advance(1)
  await closing
  expect(peer.closed).toBe(true)
})

test('a request in the batch of a close is executed, one after it is not', async () => {
  const lab = createLab()
  const peer = await createRawPeer(lab)
  await peer.connect()
  const members = [peer.request('echo', 1), peer.request('close', 'EPIPE'), peer.request('echo', 2)]
  await peer.body(peer.request('', 0, { type: 'batch', payload: members }))
  expect(lab.dispatched.map(({ data }) => data)).toEqual([1])
})

test('a half-open session does not wait as long as a whole one', async () => {
  const lab = createLab()
  const peer = await createRawPeer(lab)
  peer.acking = false
  await peer.ask('connect', { version: '5.3.0', sid: 'a'.repeat(21) })
  await peer.hangUp()
  expect(lab.endpoint.sessions.size).toBe(1)
  await lab.clock.advance(60_000)
  expect(lab.endpoint.sessions.size).toBe(0)
})

test('a handshake that is repeated on another transport begins anew', async () => {
  const lab = createLab()
  const peer = await createRawPeer(lab)
  peer.acking = false
  const connect = peer.request('connect', { version: '5.3.0', sid: 'a'.repeat(21) })
  await peer.body(connect)
  const again = await createRawPeer(lab, { signer: peer.signer })
  await again.body(connect)
  expect(again.received.map(({ type }) => type)).toEqual(['ack', 'response'])
  expect(lab.endpoint.sessions.size).toBe(1)
})
