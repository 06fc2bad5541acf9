// What a server does with messages that break a rule: the code it names, and what survives.
import { expect, test } from 'vitest'

import { createLab } from './_lab.ts'
import { createRawPeer, type RawPeer } from './_raw-peer.ts'

function codeOf(answer: Record<string, unknown> | undefined): unknown {
  expect(answer?.['success']).toBe(false)
  return (answer?.['payload'] as Record<string, unknown> | undefined)?.['code']
}

/** The code in the `close` request by which the server ended the session. */
function closeCode(peer: RawPeer): unknown {
  const close = peer.received.at(-1)?.['payload'] as Record<string, unknown> | undefined
  expect(close?.['operation']).toBe('close')
  return close?.['data']
}

test('an unknown operation is refused, and the connection lives', async () => {
  const lab = createLab()
  const peer = await createRawPeer(lab)
  await peer.connect()
  expect(codeOf(await peer.ask('noSuchThing'))).toBe('EINVAL')
  expect((await peer.ask('echo', 1))?.['payload']).toEqual({ echo: 1 })
})

test('a request without an operation is refused, and the connection lives', async () => {
  const peer = await createRawPeer(createLab())
  await peer.connect()
  const bad = peer.request('echo', 1, { payload: { data: 1 } })
  await peer.body(bad)
  expect(
    codeOf(peer.received.find(({ id, type }) => id === bad['id'] && type === 'response')),
  ).toBe('EINVAL')
  expect((await peer.ask('echo', 1))?.['success']).toBe(true)
})

test('an error of dispatch travels with code and details, a defect without anything', async () => {
  const peer = await createRawPeer(createLab())
  await peer.connect()
  expect((await peer.ask('refuse'))?.['payload']).toEqual({
    missing: '1.5',
    message: 'not enough',
    code: 'ENOFUNDS',
    name: 'DCPError',
  })
  const defect = (await peer.ask('break'))?.['payload'] as Record<string, unknown>
  expect(Object.keys(defect).toSorted()).toEqual(['code', 'correlationId', 'message', 'name'])
  expect(defect['code']).toBe('INTERNAL')
  expect(JSON.stringify(defect)).not.toContain('secret')
})

test.each([
  ['no JSON', '{not json'],
  ['no owner', '{"signature":{},"body":{}}'],
  ['another layout', '{"body":{}}'],
])('a malformed first message (%s) ends the transport with a reason', async (_name, text) => {
  const lab = createLab()
  const peer = await createRawPeer(lab)
  await peer.text(text)
  expect(peer.remarks[0]).toMatch(/^EINVAL: /)
  expect(peer.closed).toBe(true)
  expect(lab.endpoint.load().transports).toBe(0)
})

test('a transport message of unknown kind ends the transport', async () => {
  const peer = await createRawPeer(createLab())
  await peer.text('hello')
  expect(peer.remarks[0]).toMatch(/^DCPC-1102: /)
  expect(peer.closed).toBe(true)
})

test('a message that is too long is refused before the peer is known', async () => {
  const peer = await createRawPeer(createLab())
  await peer.body(peer.request('connect', { version: '5.3.0', sid: 'x'.repeat(17_000) }))
  expect(peer.remarks[0]).toMatch(/^ETOOBIG: .*16384/)
  expect(peer.closed).toBe(true)
})

test('a session whose framing breaks is closed with the code', async () => {
  const lab = createLab()
  const peer = await createRawPeer(lab)
  await peer.connect()
  await peer.text('E0002C{}rest')
  expect(closeCode(peer)).toBe('DCPC-1108')
  expect(lab.endpoint.sessions.size).toBe(0)
  expect(peer.closed).toBe(true)
})

test('a message over the limit closes the session with ETOOBIG', async () => {
  const lab = createLab()
  const peer = await createRawPeer(lab)
  await peer.connect()
  await peer.text(`{"owner":"${'x'.repeat(67_108_864)}`)
  expect(closeCode(peer)).toBe('ETOOBIG')
  expect(lab.endpoint.sessions.size).toBe(0)
})

test('a wrong signature loses the transport, not the session it claims', async () => {
  const lab = createLab()
  const peer = await createRawPeer(lab)
  await peer.connect()
  const body = JSON.stringify(peer.request('echo', 1))
  const signature = JSON.stringify(peer.signer.sign(`${body} `))
  await peer.text(`{"owner":"${peer.signer.address}","signature":${signature},"body":${body}}`)
  expect(peer.remarks[0]).toMatch(/^EINVAL: .*signature/)
  expect(peer.closed).toBe(true)
  expect(lab.dispatched).toHaveLength(0)
  expect(lab.endpoint.sessions.size).toBe(1)
})

test('a message by another identity loses the transport', async () => {
  const lab = createLab()
  const peer = await createRawPeer(lab)
  await peer.connect()
  await peer.body(peer.request('echo', 1), lab.key())
  expect(peer.remarks[0]).toMatch(/^EINVAL: .*identity/)
  expect(peer.closed).toBe(true)
  expect(lab.dispatched).toHaveLength(0)
})

test('a session cannot be resumed by another identity', async () => {
  const lab = createLab()
  const peer = await createRawPeer(lab)
  await peer.connect()
  const thief = await createRawPeer(lab)
  await thief.body(peer.lastAck(), thief.signer)
  expect(thief.remarks[0]).toMatch(/^EINVAL: .*another identity/)
  expect(thief.closed).toBe(true)
  expect(peer.closed).toBe(false)
  expect((await peer.ask('echo', 1))?.['success']).toBe(true)
})

test('a replayed message closes the session with DCPC-1026 and is not dispatched again', async () => {
  const lab = createLab()
  const peer = await createRawPeer(lab)
  await peer.connect()
  const first = peer.request('echo', 1)
  await peer.body(first)
  await peer.ask('echo', 2)
  await peer.body(first)
  expect(closeCode(peer)).toBe('DCPC-1026')
  expect(lab.dispatched.map(({ data }) => data)).toEqual([1, 2])
  expect(lab.endpoint.sessions.size).toBe(0)
})

test('a message of another session closes this one with EDCPSID', async () => {
  const lab = createLab()
  const peer = await createRawPeer(lab)
  await peer.connect()
  await peer.body(peer.request('echo', 1, { dcpsid: 'another' }))
  expect(closeCode(peer)).toBe('EDCPSID')
  expect(lab.dispatched).toHaveLength(0)
})

test('a replayed connect request is refused with EDUP', async () => {
  const lab = createLab()
  const peer = await createRawPeer(lab)
  const connect = peer.request('connect', { version: '5.3.0', sid: 'a'.repeat(21) })
  await peer.body(connect)
  const again = await createRawPeer(lab, { signer: peer.signer })
  await again.body(connect)
  expect(again.remarks[0]).toMatch(/^EDUP: /)
  expect(lab.endpoint.sessions.size).toBe(1)
})

const seconds = (ms: number): number => ms / 1000

test.each([
  ['expired', 'EEXPIRED', -721],
  ['from the future', 'ETIMETRAVEL', 601],
])('a request that is %s is refused with %s', async (_name, code, offset) => {
  const lab = createLab()
  const peer = await createRawPeer(lab)
  await peer.connect()
  const validity = { stamp: 's', ttl: 120, time: seconds(lab.clock.now()) + offset }
  expect(codeOf(await peer.ask('echo', 1, { payload: { operation: 'echo', validity } }))).toBe(code)
  expect(lab.dispatched).toHaveLength(0)
  expect((await peer.ask('echo', 1))?.['success']).toBe(true)
})

test.each([
  ['no validity', {}],
  ['no stamp', { validity: { time: 1_795_162_000 } }],
  ['no time', { validity: { stamp: 's' } }],
])('a request with %s is refused with EINVAL', async (_name, members) => {
  const lab = createLab()
  const peer = await createRawPeer(lab)
  await peer.connect()
  expect(codeOf(await peer.ask('echo', 1, { payload: { operation: 'echo', ...members } }))).toBe(
    'EINVAL',
  )
  expect(lab.dispatched).toHaveLength(0)
})

test('a used stamp is refused with EDUP, on every connection of that peer', async () => {
  const lab = createLab()
  const peer = await createRawPeer(lab)
  await peer.connect()
  const validity = { stamp: 'same', ttl: 120, time: seconds(lab.clock.now()) }
  const payload = { operation: 'echo', data: 1, validity }
  expect((await peer.ask('echo', 1, { payload }))?.['success']).toBe(true)
  expect(codeOf(await peer.ask('echo', 1, { payload }))).toBe('EDUP')
  const second = await createRawPeer(lab, { signer: peer.signer })
  await second.connect()
  expect(codeOf(await second.ask('echo', 1, { payload }))).toBe('EDUP')
  const other = await createRawPeer(lab)
  await other.connect()
  expect((await other.ask('echo', 1, { payload }))?.['success']).toBe(true)
  expect(lab.dispatched).toHaveLength(2)
})

test('an operation that answers repeats gets them, and the second answer is in a batch', async () => {
  const lab = createLab({ repeatable: (_service, operation) => operation === 'echo' })
  const peer = await createRawPeer(lab)
  await peer.connect()
  const first = peer.request('echo', 1)
  await peer.body(first)
  // The same request object, as official clients send it again after a refusal (§17 item 14).
  await peer.body({ ...first, ackToken: 'another', nonce: peer.nonce })
  expect(lab.dispatched.map(({ stamp }) => stamp)).toEqual(['stamp3', 'stamp3'])
  const last = peer.received.at(-1)
  expect(last?.['type']).toBe('batch')
  expect(last?.['payload']).toMatchObject([{ id: first['id'], success: true }])
})

test.each([
  ['a batch in a batch', [{ type: 'batch', payload: [] }]],
  ['an empty batch', []],
  ['a member that is no object', [1]],
  ['a response nobody asked for', [{ type: 'response', id: 'x', success: true }]],
  ['a response without success', [{ type: 'response', id: 'x' }]],
  ['a member of unknown type', [{ type: 'riddle', id: 'x' }]],
])('%s closes the session with EINVAL', async (_name, payload) => {
  const lab = createLab()
  const peer = await createRawPeer(lab)
  await peer.connect()
  await peer.body(peer.request('', 0, { type: 'batch', payload }))
  expect(closeCode(peer)).toBe('EINVAL')
  expect(lab.endpoint.sessions.size).toBe(0)
})

test('an unsolicited Ack closes the session with EINVAL', async () => {
  const peer = await createRawPeer(createLab())
  await peer.connect()
  await peer.body({ ...peer.lastAck(), token: 'made up' })
  expect(closeCode(peer)).toBe('EINVAL')
})

test('a second connect closes the session with DCPC-1321', async () => {
  const peer = await createRawPeer(createLab())
  await peer.connect()
  await peer.body(peer.request('connect', { version: '5.3.0', sid: 'b'.repeat(21) }))
  expect(closeCode(peer)).toBe('DCPC-1321')
})

test('a connection that does not begin with connect is refused', async () => {
  const peer = await createRawPeer(createLab())
  await peer.body(peer.request('echo', 1))
  expect(peer.remarks[0]).toMatch(/^EINVAL: .*connect/)
})

test('a peer of another version learns the range that is accepted', async () => {
  const lab = createLab()
  const peer = await createRawPeer(lab)
  const answer = await peer.ask('connect', { version: '4.0.0', sid: 'a'.repeat(21) })
  expect(answer?.['payload']).toMatchObject({ code: 'EVERSION', message: '^5.2.0' })
  expect(lab.endpoint.sessions.size).toBe(0)
  expect(peer.closed).toBe(true)
})

test('a transport that says nothing is closed after a while', async () => {
  const lab = createLab()
  const peer = await createRawPeer(lab)
  await lab.clock.advance(20_000)
  expect(peer.remarks[0]).toMatch(/^ETIMEDOUT: /)
  expect(peer.closed).toBe(true)
})

test('one identity cannot hold more sessions than the limit', async () => {
  const lab = createLab({ sessionsPerPeerMax: 2 })
  const signer = lab.key()
  for (let n = 0; n < 2; n += 1) await (await createRawPeer(lab, { signer })).connect()
  const third = await createRawPeer(lab, { signer })
  await third.body(third.request('connect', { version: '5.3.0', sid: 'c'.repeat(21) }))
  expect(third.remarks[0]).toMatch(/^EBUSY: /)
  await (await createRawPeer(lab)).connect()
  expect(lab.endpoint.sessions.size).toBe(3)
})

test('placeholders in grants are not an authorization, and do no harm', async () => {
  const lab = createLab({
    dispatch: async ({ authorizes, peer }) =>
      await Promise.resolve({ self: authorizes(peer), other: authorizes(lab.server.address) }),
  })
  const peer = await createRawPeer(lab)
  await peer.connect()
  const payload = {
    operation: 'viewAccounts',
    allow: [
      { resource: lab.server.address, guardian: 'peerAddress', accessor: 'identity.address' },
      null,
      7,
    ],
    validity: { stamp: 's', ttl: 120, time: seconds(lab.clock.now()) },
  }
  const answer = await peer.ask('viewAccounts', 0, { payload })
  expect(answer?.['payload']).toEqual({ self: true, other: false })
})

test('nothing stays behind when everybody has gone', async () => {
  const lab = createLab({ lingerMs: 1000 })
  for (let n = 0; n < 5; n += 1) {
    const peer = await createRawPeer(lab)
    await peer.connect()
    await peer.ask('echo', n)
    await peer.hangUp()
  }
  expect(lab.endpoint.sessions.size).toBe(5)
  await lab.clock.advance(1000)
  expect(lab.endpoint.sessions.size).toBe(0)
  expect(lab.endpoint.load()).toMatchObject({ transports: 0, strayTransports: 0, queued: 0 })
  expect(lab.network.links()).toHaveLength(0)
  expect(lab.clock.timers).toBe(0)
})
