import { describe, expect, test } from 'vitest'

import { ownAnnouncement } from './announcement.ts'
import type { BearerHandlers } from '../bearer.ts'
import { createFraming, type Framing } from './framing.ts'
import { limits } from '../limits.ts'

interface Bench {
  readonly framing: Framing
  readonly messages: string[]
  readonly sent: string[]
  readonly codes: string[]
  readonly remarks: string[]
  give(...texts: string[]): void
  readonly closed: boolean
}

function createBench(): Bench {
  const messages: string[] = []
  const sent: string[] = []
  const codes: string[] = []
  const remarks: string[] = []
  let handlers: BearerHandlers | undefined
  let closed = false
  const framing = createFraming(
    {
      send: (text) => void sent.push(text),
      receive(given) {
        handlers = given
      },
      close() {
        closed = true
      },
    },
    {
      message: (text) => void messages.push(text),
      broken: (error) => void codes.push(error.code),
      remark: (text) => void remarks.push(text),
      closed: () => undefined,
    },
  )
  sent.length = 0
  return {
    framing,
    messages,
    sent,
    codes,
    remarks,
    give(...texts) {
      for (const text of texts) handlers?.message(text)
    },
    get closed() {
      return closed
    },
  }
}

function fragment(msgId: number, seq: number, total: number, payload: string): string {
  const header = JSON.stringify({ msgId, seq, total })
  return `E${header.length.toString(16).padStart(4, '0')}C${header}${payload}`
}

test('a peer is told how much it may send, so that it can say so to its own program', () => {
  const { rxMaxFragmentSize, rxMaxFragmentCount } = JSON.parse(ownAnnouncement.slice(6))
  expect(rxMaxFragmentSize).toBe(limits.fragmentLength)
  expect(rxMaxFragmentSize * rxMaxFragmentCount).toBe(limits.messageLength)
})

test('each side announces itself first', () => {
  const sent: string[] = []
  createFraming(
    { send: (text) => void sent.push(text), receive: () => undefined, close: () => undefined },
    { message: () => undefined, broken: () => undefined, closed: () => undefined },
  )
  expect(sent[0]).toMatch(/^E0000P\{"canOoo":true,.*"hasAnnounced":true\}$/)
})

describe('the first character decides', () => {
  test('what is no message has no effect', () => {
    const bench = createBench()
    bench.give(
      'A0000-ACK',
      'Tdebug text',
      'E0000Zlater versions',
      'E0000P{"newMember":1}',
      '{"a":1}',
    )
    expect(bench.messages).toEqual(['{"a":1}'])
    expect(bench.remarks).toEqual(['debug text'])
    expect(bench.codes).toEqual([])
  })

  test('out of order messages overtake', () => {
    const bench = createBench()
    bench.give(fragment(1, 0, 2, '{1'), '{2}', 'E0000O{3}', fragment(1, 1, 2, '}'))
    expect(bench.messages).toEqual(['{3}', '{1}', '{2}'])
  })

  test('a peer that wants transport acks gets one for each message', () => {
    const bench = createBench()
    bench.give('E0000P{"wantsAck":true}', '{1}', fragment(1, 0, 2, '{'), fragment(1, 1, 2, '}'))
    expect(bench.sent).toEqual(['A0000-ACK', 'A0000-ACK'])
  })
})

describe('fragments', () => {
  test('arrive in any order, interleaved, and keep the place of their first', () => {
    const bench = createBench()
    bench.give(
      fragment(7, 1, 3, 'b'),
      fragment(9, 0, 2, '{x'),
      '{whole}',
      fragment(7, 0, 3, '{a'),
      fragment(9, 1, 2, 'y}'),
      fragment(7, 2, 3, 'c}'),
    )
    expect(bench.messages).toEqual(['{abc}', '{xy}', '{whole}'])
    expect(bench.framing.held()).toEqual({ partials: 0, length: 0 })
  })

  test('are cut as the peer wants, between surrogates too', () => {
    const bench = createBench()
    bench.give('E0000P{"rxMaxFragmentSize":100}')
    const text = `{${'😀'.repeat(120)}}`
    bench.framing.send(text)
    expect(bench.sent).toHaveLength(3)
    const other = createBench()
    other.give(...bench.sent)
    expect(other.messages).toEqual([text])
  })

  test('more than the peer takes is refused', () => {
    const bench = createBench()
    bench.give('E0000P{"rxMaxFragmentSize":100,"rxMaxFragmentCount":2}')
    expect(() => bench.framing.send('x'.repeat(201))).toThrow(/3 fragments/)
    bench.framing.send('x'.repeat(200))
    expect(bench.sent).toHaveLength(2)
  })

  test('a peer that wants absurdly small ones gets small ones', () => {
    const bench = createBench()
    bench.give('E0000P{"rxMaxFragmentSize":-5,"rxMaxFragmentCount":"many"}')
    bench.framing.send('x'.repeat(200))
    expect(bench.sent).toHaveLength(2)
  })
})

describe('broken rules stop the reading', () => {
  test.each([
    ['DCPC-1102', 'hello'],
    ['DCPC-1102', ''],
    ['DCPC-1108', 'E00'],
    ['DCPC-1108', 'Ezzzz'],
    ['DCPC-1108', 'E0010C{}'],
    ['DCPC-1108', 'EffffC{}'],
    ['DCPC-1108', 'E0000Pnot json'],
    ['DCPC-1108', 'E0000Pnull'],
    ['DCPC-1108', `E0000P{"x":"${'x'.repeat(5000)}"}`],
    ['DCPC-1108', 'E0004Cnull'],
    ['DCPC-1108', 'E0002C{}'],
    ['DCPC-1108', fragment(1, 2, 2, '')],
    ['DCPC-1108', fragment(1, -1, 2, '')],
    ['DCPC-1108', fragment(1, 0.5, 2, '')],
    ['DCPC-1113', fragment(1, 0, 5000, '')],
    ['ETOOBIG', `{${'x'.repeat(16_384)}`],
    ['ETOOBIG', `E0000O${'x'.repeat(16_385)}`],
    ['ETOOBIG', fragment(1, 0, 2, 'x'.repeat(16_385))],
  ])('with %s', (code, text) => {
    const bench = createBench()
    bench.give(text, '{"late":1}', 'hello')
    expect(bench.codes).toEqual([code])
    expect(bench.messages).toEqual([])
  })

  test('a fragment that comes twice, or with another total', () => {
    for (const second of [fragment(1, 0, 2, 'a'), fragment(1, 1, 3, 'b')]) {
      const bench = createBench()
      bench.give(fragment(1, 0, 2, 'a'), second)
      expect(bench.codes).toEqual(['DCPC-1108'])
    }
  })

  test('a fragment longer than announced', () => {
    const bench = createBench()
    bench.framing.trust()
    bench.give(fragment(1, 0, 2, 'x'.repeat(16_777_217)))
    expect(bench.codes).toEqual(['DCPC-1114'])
  })

  test('too many messages in pieces', () => {
    const bench = createBench()
    for (let id = 0; id < 17; id += 1) bench.give(fragment(id, 0, 2, ''))
    expect(bench.codes).toEqual(['DCPC-1113'])
  })

  test('too much that waits for the rest of a message', () => {
    for (const waiting of ['{}', `{${'x'.repeat(9_000)}}`]) {
      const bench = createBench()
      bench.give(fragment(1, 0, 2, ''))
      for (let n = 0; n < 1_100; n += 1) bench.give(waiting)
      expect(bench.codes).toEqual(['ETOOBIG'])
      expect(bench.framing.held().length).toBeLessThanOrEqual(16_384)
    }
  })

  test('nothing is read after a refusal or a close', () => {
    const bench = createBench()
    bench.framing.close()
    bench.give('{1}', 'hello')
    expect(bench.messages).toEqual([])
    expect(bench.codes).toEqual([])
    expect(bench.closed).toBe(true)
  })

  test('a trusted peer may send longer messages', () => {
    const bench = createBench()
    bench.framing.trust()
    const text = `{${'x'.repeat(20_000)}}`
    bench.give(text)
    expect(bench.messages).toEqual([text])
  })
})
