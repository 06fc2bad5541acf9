// Captured clients played against our server: what differs from run to run (session id, nonces,
// tokens) is put in, everything else is sent as the official programs sent it.
import { assert, describe, expect, test } from 'vitest'

import { DcpError, type ErrorCode, parseSealed, type Signer } from '@manyhands/protocol'
import { createPureCrypto, createSigner, parsePrivateKey, recoverSigner } from '@manyhands/wallet'

import { createFraming } from '../../packages/connection/src/framing/framing.ts'
import { bodyOf, type Body, type Capture, isSealed, readCaptures } from './_captures.ts'
import { createLab, type Lab } from './_lab.ts'
import { settled } from './_manual-clock.ts'
import { createRawPeer, type RawPeer } from './_raw-peer.ts'

const crypto = createPureCrypto()
const builtIn = new Set<unknown>(['connect', 'keepalive', 'close'])
const layerCodes = new Set<unknown>(['EEXPIRED', 'ETIMETRAVEL', 'EDUP', 'EVERSION'])

interface Session {
  readonly name: string
  readonly capture: Capture
  readonly conn: number
}

const sessions: Session[] = [
  'client-5.6.1-basic-session',
  'client-4.4.29-basic-session',
  'client-5.6.1-compute-exec',
  'worker-3.3.19-first-requests',
  'official-target-session',
  'raw-websocket-independent-initiator',
  'lifecycle',
]
  .flatMap(readCaptures)
  .filter(({ name }) => !name.endsWith('noSuchSession') && !name.endsWith('serverClose'))
  .flatMap((capture) =>
    [...new Set(capture.frames.map(({ conn }) => conn))].map((conn) => ({
      name: `${capture.name}, connection ${conn}`,
      capture,
      conn,
    })),
  )

test.each(sessions)('$name', async ({ capture, conn }) => {
  const frames = capture.frames.filter((frame) => frame.conn === conn)
  const script = readScript(capture, conn)
  const lab = createLab({
    startMs: script.startMs,
    identity: script.server,
    dispatch: async ({ stamp, authorizes }) => {
      const request = script.byStamp.get(stamp)
      assert(request !== undefined)
      for (const resource of Object.keys(request['auth'] as Body)) {
        expect(authorizes(resource as Parameters<typeof authorizes>[0])).toBe(true)
      }
      const answer = script.answers.get(String(request['id']))
      // What the server of the capture never answered stays open here too.
      if (answer === undefined) return await new Promise(() => undefined)
      if (answer['success'] === true) return answer['payload']
      const { code, message } = answer['payload'] as Body
      throw new DcpError(code as ErrorCode, String(message))
    },
  })
  const player = await createPlayer(lab, script.client)
  for (const frame of frames) {
    if (frame.dropped) await player.drop()
    else if (!isSealed(frame)) continue
    else if (frame.from === 'client') await player.play(bodyOf(frame.text))
    else await player.prompt(bodyOf(frame.text))
  }
  await settled()

  const outcomes = (answers: ReadonlyMap<string, Body>): unknown =>
    Object.fromEntries([...script.answers.keys()].map((id) => [id, outcomeOf(answers.get(id))]))
  expect(outcomes(player.responses())).toEqual(outcomes(script.answers))
  const ended = script.operations.includes('close')
  expect(lab.endpoint.sessions.size).toBe(ended ? 0 : 1)
  const dispatched = script.operations.filter((operation) => !builtIn.has(operation))
  expect(lab.dispatched.map(({ operation }) => operation)).toEqual(dispatched)
})

/** What a response says; of an error its code, the rest is each server's own. */
function outcomeOf(response: Body | undefined): unknown {
  if (response === undefined) return 'no answer'
  const { success, payload } = response
  return success === true ? { payload: payload ?? null } : { code: (payload as Body)['code'] }
}

interface Script {
  readonly startMs: number
  readonly server: Signer
  readonly client: Signer
  readonly byStamp: ReadonlyMap<string, Body>
  /** Request id → the response in the capture. */
  readonly answers: ReadonlyMap<string, Body>
  /** Operations of the client in order, without those that the protocol layer refused. */
  readonly operations: readonly unknown[]
}

function membersOf(body: Body): Body[] {
  return body['type'] === 'batch' ? (body['payload'] as Body[]) : [body]
}

function readScript(capture: Capture, conn: number): Script {
  const sealed = capture.frames.filter((frame) => frame.conn === conn && isSealed(frame))
  const signers = capture.privateKeys.map((key) => createSigner(parsePrivateKey(key), crypto))
  const own = (from: 'client' | 'server'): Signer => {
    const text = sealed.find((frame) => frame.from === from)?.text ?? ''
    const { owner } = parseSealed(text)
    const spare = createSigner(new Uint8Array(32).fill(from === 'client' ? 1 : 2), crypto)
    return signers.find(({ address }) => address === owner) ?? spare
  }
  const members = (from: 'client' | 'server', type: string): Body[] =>
    sealed
      .filter((frame) => frame.from === from && !frame.ignored)
      .flatMap(({ text }) => membersOf(bodyOf(text)))
      .filter((member) => member['type'] === type)
  const requests = members('client', 'request')
  const answers = new Map(members('server', 'response').map((body) => [String(body['id']), body]))
  const refused = (request: Body): boolean => {
    const answer = answers.get(String(request['id']))
    return answer?.['success'] === false && layerCodes.has((answer['payload'] as Body)['code'])
  }
  const first = validity(requests[0])
  // The official target closes without an answer; ours gives one (wire-protocol §17 item 6).
  return {
    startMs: Number(first['time']) * 1000,
    server: own('server'),
    client: own('client'),
    byStamp: new Map(
      requests.map((body) => [String(validity(body)['stamp']), body] as const).toReversed(),
    ),
    answers,
    operations: requests
      .filter((request) => !refused(request))
      .map(({ payload }) => (payload as Body)['operation']),
  }
}

function validity(request: Body | undefined): Body {
  assert(request !== undefined)
  return (request['payload'] as Body)['validity'] as Body
}

interface Player {
  play(body: Body): Promise<void>
  /** Makes our server send what the captured one sent of its own accord. */
  prompt(body: Body): Promise<void>
  drop(): Promise<void>
  responses(): ReadonlyMap<string, Body>
}

async function createPlayer(lab: Lab, signer: Signer): Promise<Player> {
  let peer: RawPeer = await createRawPeer(lab, { signer })
  const earlier: Body[] = []
  /** Ids of the server's requests: theirs → ours. */
  const ids = new Map<unknown, unknown>()
  const all = (): Body[] => [...earlier, ...peer.received]

  async function resume(): Promise<void> {
    earlier.push(...peer.received)
    const { nonce, dcpsid } = peer
    const ack = peer.lastAck()
    peer = await createRawPeer(lab, { signer })
    peer.dcpsid = dcpsid
    await peer.body(ack)
    // The server's repeated Ack brings the nonce that was known already.
    expect(peer.nonce).toBe(nonce)
  }

  return {
    async play(body) {
      if (peer.closed && body['type'] !== 'ack') await resume()
      // The player acknowledges by itself what our server sends, which may be batched otherwise.
      if (body['type'] === 'ack') return
      const own = (member: Body): Body => ({
        ...member,
        id: ids.get(member['id']) ?? member['id'],
        ...(member['dcpsid'] === undefined ? {} : { dcpsid: peer.dcpsid }),
      })
      const members = membersOf(body).filter(
        ({ type, id }) => type !== 'response' || ids.get(id) !== undefined,
      )
      if (members.length === 0) return
      const payload = body['type'] === 'batch' ? members.map(own) : body['payload']
      const sent = { ...own(body), payload, nonce: peer.nonce }
      await peer.body(sent)
      expect(peer.received.map(({ token }) => token)).toContain(body['ackToken'])
    },
    async prompt(body) {
      for (const member of membersOf(body)) {
        const { operation, data } = (member['payload'] ?? {}) as Body
        if (member['type'] !== 'request' || builtIn.has(operation)) continue
        const [session] = lab.endpoint.sessions.values()
        const known = new Set(ids.values())
        void session?.request(String(operation), data).catch(() => undefined)
        await settled()
        const ours = all()
          .flatMap(membersOf)
          .find(({ type, id }) => type === 'request' && !known.has(id))
        ids.set(member['id'], ours?.['id'])
      }
    },
    async drop() {
      await peer.hangUp()
    },
    responses: () =>
      new Map(
        all()
          .flatMap(membersOf)
          .filter(({ type }) => type === 'response')
          .map((body) => [String(body['id']), body]),
      ),
  }
}

describe.each(['client', 'server'] as const)('fragments of the captured %s', (from) => {
  test('are put together to sealed messages, and cut again to the same frames', () => {
    const [capture] = readCaptures('fragmentation')
    assert(capture !== undefined)
    const frames = capture.frames.filter((frame) => frame.from === from).map(({ text }) => text)
    const texts: string[] = []
    const sent: string[] = []
    const framing = createFraming(
      {
        send: (text) => void sent.push(text),
        receive({ message }) {
          for (const text of frames) message(text)
          message('E0000P{"rxMaxFragmentSize":500}')
        },
        close: () => undefined,
      },
      {
        message: (text) => void texts.push(text),
        broken: (error) => assert.fail(error.message),
        closed: () => undefined,
      },
    )
    expect(texts.length).toBeGreaterThan(2)
    for (const text of texts) {
      const { owner, bodyText, signature } = parseSealed(text)
      expect(recoverSigner(bodyText, signature, crypto)).toBe(owner)
    }
    const captured = frames.filter((text) => text.startsWith('E') && text[5] === 'C')
    sent.length = 0
    for (const text of texts) if (!frames.includes(text)) framing.send(text)
    // The capture ends in the middle of a client's last message.
    expect(captured.length - sent.length).toBe(framing.held().partials)
    expect(sent.map(anyMessage)).toEqual(captured.slice(0, sent.length).map(anyMessage))
  })
})

/** A fragment without the number of its message, which is the sender's own affair. */
function anyMessage(frame: string): string {
  const end = 6 + Number.parseInt(frame.slice(1, 5), 16)
  return frame.slice(6, end).replace(/"msgId":\d+/, '') + frame.slice(end)
}
