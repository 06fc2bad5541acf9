import { expect, test } from 'vitest'

import {
  type Address,
  DcpError,
  parseSealed,
  seededRandom,
  type Signer,
  silentLogger,
  systemClock,
} from '@manyhands/protocol'

import { createSession } from './create-session.ts'
import type { ReceivedRequest, Session } from './session.ts'

type Body = Record<string, unknown>

const half = Array.from({ length: 32 }, () => 0)
const identity: Signer = {
  address: '0x1563915e194D8CfBA1943570603F7606A3115508' as Address,
  sign: () => ({ r: half, s: half, v: 27 }),
}

interface Bench {
  readonly core: Session
  readonly sent: Body[]
  readonly requests: ReceivedRequest[]
  readonly log: string[]
  /** Takes a body as if the peer had signed it. */
  readonly take: (body: Body) => void
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
}

function createBench(role: 'initiator' | 'target', transmit?: (text: string) => void): Bench {
  const sent: Body[] = []
  const requests: ReceivedRequest[] = []
  const log: string[] = []
  let ids = 0
  const core = createSession(
    {
      role,
      identity,
      clock: systemClock,
      random: seededRandom('session'),
      logger: silentLogger,
      now: () => 1_795_162_000,
      nextId: () => `id${(ids += 1)}`,
      ...(role === 'target' ? { dcpsid: 'session' } : {}),
    },
    {
      request: (request) => void requests.push(request),
      opened: () => void log.push('opened'),
      over: ({ code }) => void log.push(`over ${code}`),
      finished: ({ code }) => void log.push(`finished ${code}`),
      stalled: () => void log.push('stalled'),
      heardTime: (seconds) => void log.push(`time ${seconds}`),
    },
  )
  core.attach((text) => {
    transmit?.(text)
    sent.push(parseSealed(text).body as Body)
  })
  const take = (body: Body): void => core.receive(JSON.stringify(body), body)
  return { core, sent, requests, log, take }
}

const right = {
  id: 'id1',
  type: 'response',
  success: true,
  payload: { version: '5.3.0', operation: 'connect' },
  dcpsid: 'sid-and-more',
  time: 77,
  ackToken: 'A1',
  nonce: null,
}

/** An initiator whose `connect` was acknowledged. */
function connecting(): Bench {
  const bench = createBench('initiator')
  bench.core.connect('sid')
  bench.take({ type: 'ack', token: bench.sent[0]?.['ackToken'], nonce: 'N1' })
  return bench
}

function opened(): Bench {
  const bench = connecting()
  bench.take(right)
  bench.log.length = 0
  return bench
}

test('a client knows its session from the answer to its connect', () => {
  const { core, log, sent, take } = connecting()
  expect(sent[0]).toMatchObject({ payload: { operation: 'connect', data: { sid: 'sid' } } })
  expect(sent[0]).not.toHaveProperty('dcpsid')
  take(right)
  expect(log).toEqual(['time 77', 'opened'])
  expect(core.dcpsid).toBe('sid-and-more')
})

test.each([
  ['EVERSION', { success: false, payload: { message: '^6.0.0', code: 'EVERSION' } }],
  ['EINVAL', { success: false, payload: 'no' }],
  ['EVERSION', { payload: { version: '6.0.0' } }],
  ['EDCPSID', { dcpsid: 'other' }],
  ['EDCPSID', { dcpsid: undefined }],
  ['EINVAL', { id: 'other' }],
  ['EINVAL', { type: 'request' }],
  ['EINVAL', { type: 'batch', payload: [] }],
])('a client ends with %s when the answer is wrong: %j', (code, changes) => {
  const { log, take } = connecting()
  take({ ...right, ...changes })
  expect(log).toEqual([`over ${code}`, `finished ${code}`])
})

test('a response has effect once, and one that nobody asked for ends the session', async () => {
  const { core, log, sent, take } = opened()
  const outcomes: unknown[] = []
  core.request([
    {
      id: 'asked',
      head: '{"id":"asked","type":"request"',
      answered: (success, payload) => void outcomes.push([success, payload]),
      lost: (reason) => void outcomes.push(reason.code),
    },
  ])
  await settled()
  expect(sent.at(-1)).toMatchObject({ id: 'asked', nonce: 'N1', dcpsid: 'sid-and-more' })
  const nonceOf = (): unknown => sent.findLast(({ type }) => type === 'ack')?.['nonce']
  const response = { ...right, id: 'asked', payload: { jsonData: '[1]', x: 2 }, ackToken: 'A2' }
  take({ ...response, nonce: nonceOf() })
  take({ ...response, ackToken: 'A3', nonce: nonceOf() })
  expect(outcomes).toEqual([[true, { x: 2, data: [1] }]])
  expect(log).toEqual(['time 77', 'over EINVAL', 'finished EINVAL'])
})

test('a client that is sent away has acknowledged it', () => {
  const { log, sent, take } = opened()
  const nonce = sent.at(-1)?.['nonce']
  take({
    ...right,
    id: 'close',
    type: 'request',
    payload: { operation: 'close', data: 'EBUSY' },
    ackToken: 'A2',
    nonce,
  })
  expect(sent.at(-1)).toMatchObject({ type: 'ack', token: 'A2' })
  expect(log).toEqual(['over ECONNRESET', 'finished ECONNRESET'])
})

test('open requests learn of the end, whatever it was', async () => {
  const { core } = opened()
  const reasons: string[] = []
  const request = (id: string): Parameters<Session['request']>[0][number] => ({
    id,
    head: `{"id":"${id}"`,
    answered: () => undefined,
    lost: ({ code }) => void reasons.push(`${id} ${code}`),
  })
  core.request([request('sent')])
  await settled()
  core.request([request('waiting')])
  core.end(new DcpError('ETIMEDOUT', 'too late'))
  expect(reasons).toEqual(['sent ETIMEDOUT', 'waiting ETIMEDOUT'])
  expect(() => core.request([request('late')])).toThrow(/over/)
})

test('a message that the peer cannot take ends the session, not the program', async () => {
  let refuse = false
  const bench = createBench('initiator', () => {
    if (refuse) throw new DcpError('ETOOBIG', 'too many fragments')
  })
  bench.core.connect('sid')
  bench.take({ type: 'ack', token: bench.sent[0]?.['ackToken'], nonce: 'N1' })
  bench.take(right)
  refuse = true
  const reasons: string[] = []
  bench.core.request([
    {
      id: 'long',
      head: '{"id":"long"',
      answered: () => undefined,
      lost: ({ code }) => void reasons.push(code),
    },
  ])
  await settled()
  expect(reasons).toEqual(['ETOOBIG'])
  expect(bench.core.phase).toBe('finished')
})

test('a unit that is longer than a message may be is refused at once', () => {
  const { core } = opened()
  const long = {
    id: 'x',
    head: 'x'.repeat(40_000_000),
    answered: () => undefined,
    lost: () => undefined,
  }
  expect(() => core.request([long, { ...long, id: 'y' }])).toThrow(/67108864/)
})

test('notifications are acknowledged and have no effect', () => {
  const { log, sent, requests, take } = opened()
  const nonce = sent.at(-1)?.['nonce']
  take({ ...right, id: 'note', type: 'notification', payload: { data: 1 }, ackToken: 'A2', nonce })
  expect(sent.at(-1)).toMatchObject({ type: 'ack', token: 'A2' })
  expect(requests).toEqual([])
  expect(log).toEqual([])
})
