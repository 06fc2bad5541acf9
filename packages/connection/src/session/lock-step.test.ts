import { describe, expect, test } from 'vitest'

import { type Address, parseSealed, seededRandom, type Signer } from '@manyhands/protocol'

import type { Ack, Envelope } from './bodies.ts'
import { parseBody } from './bodies.ts'
import { createLockStep, type LockStep } from './lock-step.ts'

const half = Array.from({ length: 32 }, () => 0)
const signer: Signer = {
  address: '0x1563915e194D8CfBA1943570603F7606A3115508' as Address,
  sign: () => ({ r: half, s: half, v: 27 }),
}

interface Bench {
  readonly step: LockStep
  /** Bodies sent on the present transport. */
  readonly sent: Record<string, unknown>[]
  readonly last: () => Record<string, unknown>
  readonly attach: () => void
}

function createBench(dcpsid?: string): Bench {
  const step = createLockStep({
    identity: signer,
    random: seededRandom('lock-step'),
    role: 't',
    ...(dcpsid === undefined ? {} : { dcpsid }),
  })
  const sent: Record<string, unknown>[] = []
  const bench: Bench = {
    step,
    sent,
    last: () => sent.at(-1) ?? {},
    attach() {
      sent.length = 0
      step.attach((text) => void sent.push(parseSealed(text).body as Record<string, unknown>))
    },
  }
  bench.attach()
  return bench
}

function message(id: string, nonce: unknown, changes: object = {}): Envelope {
  return parseBody({
    id,
    type: 'request',
    ackToken: `AT ${id}`,
    nonce,
    dcpsid: 's',
    ...changes,
  }) as Envelope
}

function ackOf(body: Record<string, unknown>, nonce: string): Ack {
  return parseBody({ type: 'ack', dcpsid: 's', token: body['ackToken'], nonce }) as Ack
}

describe('receiving', () => {
  test('an Ack leaves at once, the first without a session id, and its nonce is the next permission', () => {
    const { step, sent, last } = createBench('s')
    expect(step.receive(message('1', null, { dcpsid: undefined }))).toBe('new')
    expect(last()).toEqual({
      type: 'ack',
      token: 'AT 1',
      nonce: expect.any(String) as string,
      messageId: '1',
    })
    expect(step.receive(message('2', last()['nonce']))).toBe('new')
    expect(last()).toMatchObject({ dcpsid: 's', token: 'AT 2', messageId: '2' })
    expect(sent).toHaveLength(2)
  })

  test('a repeated message gets its Ack again', () => {
    const { step, sent } = createBench('s')
    step.receive(message('1', null))
    expect(step.receive(message('1', null))).toBe('repeated')
    expect(sent[1]).toEqual(sent[0])
  })

  test('the same id with another token is a new message', () => {
    const { step, last } = createBench('s')
    step.receive(message('1', null))
    expect(step.receive(message('1', last()['nonce'], { ackToken: 'other' }))).toBe('new')
  })

  test.each([
    ['another nonce', 'DCPC-1026', { nonce: 'made up' }],
    ['no nonce', 'DCPC-1026', { nonce: null }],
    ['another session', 'EDCPSID', { dcpsid: 'other' }],
    ['no session', 'EDCPSID', { dcpsid: undefined }],
  ])('a message with %s gets no Ack', (_name, code, changes) => {
    const { step, sent, last } = createBench('s')
    step.receive(message('1', null))
    const spoilt = message('2', last()['nonce'], changes)
    expect(() => step.receive(spoilt)).toThrow(expect.objectContaining({ code }))
    expect(sent).toHaveLength(1)
  })
})

describe('sending', () => {
  test('one message at a time, each with the nonce of the Ack before', () => {
    const { step, last } = createBench('s')
    step.send('a', '{"id":"a"')
    expect(last()).toMatchObject({ id: 'a', nonce: null })
    expect(step.maySend()).toBe(false)
    expect(() => step.send('b', '{"id":"b"')).toThrow(/acknowledged/)
    expect(step.receiveAck(ackOf(last(), 'N1'))).toBe('delivered')
    expect(step.maySend()).toBe(true)
    step.send('b', '{"id":"b"')
    expect(last()).toMatchObject({ id: 'b', nonce: 'N1' })
  })

  test('an Ack that nobody asked for, or of another session, is refused', () => {
    const { step, last } = createBench('s')
    step.send('a', '{"id":"a"')
    const right = ackOf(last(), 'N1')
    expect(() => step.receiveAck({ ...right, token: 'other' })).toThrow(/unsolicited/)
    expect(() => step.receiveAck({ ...right, dcpsid: 'other' })).toThrow(/another session/)
    expect(step.receiveAck({ ...right, dcpsid: undefined })).toBe('delivered')
  })

  test('a repeated Ack does not bring its spent nonce back', () => {
    const { step, sent, last } = createBench('s')
    step.send('a', '{"id":"a"')
    const ack = ackOf(last(), 'N1')
    step.receiveAck(ack)
    step.send('b', '{"id":"b"')
    expect(step.receiveAck(ack)).toBe('repeated')
    expect(sent).toHaveLength(2)
    step.receiveAck(ackOf(last(), 'N2'))
    step.send('c', '{"id":"c"')
    expect(last()['nonce']).toBe('N2')
  })
})

describe('a new transport', () => {
  test('begins with the last Ack, now with the session id', () => {
    const bench = createBench('s')
    bench.step.receive(message('1', null, { dcpsid: undefined }))
    const [first] = bench.sent
    bench.attach()
    expect(bench.sent).toEqual([{ ...first, dcpsid: 's' }])
  })

  test('carries the same message again once the peer shows that it was lost', () => {
    const bench = createBench('s')
    const { step } = bench
    step.send('a', '{"id":"a"')
    const ack = ackOf(bench.last(), 'N1')
    step.receiveAck(ack)
    step.receive(message('1', null))
    step.send('b', '{"id":"b"')
    const lost = bench.last()
    bench.step.detach()
    bench.attach()
    expect(bench.sent.map(({ type }) => type)).toEqual(['ack'])
    expect(step.receiveAck(ack)).toBe('repeated')
    expect(bench.last()).toEqual(lost)
    step.receiveAck(ack)
    expect(bench.sent).toHaveLength(2)
  })

  test('does not carry it again when it had arrived', () => {
    const bench = createBench('s')
    const { step } = bench
    step.receive(message('1', null))
    step.send('b', '{"id":"b"')
    const ack = ackOf(bench.last(), 'N1')
    bench.attach()
    expect(step.receiveAck(ack)).toBe('delivered')
    expect(bench.sent).toHaveLength(1)
  })

  test('nothing leaves while there is none', () => {
    const { step, sent } = createBench('s')
    step.detach()
    expect(step.maySend()).toBe(false)
    step.receive(message('1', null))
    expect(sent).toHaveLength(0)
  })
})
