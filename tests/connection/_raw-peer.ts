// A client that speaks the protocol message by message, so that a test can break any rule of it.
import type { Bearer } from '@manyhands/connection'
import { parseSealed, sealText, type Signer } from '@manyhands/protocol'

import { type Lab, location } from './_lab.ts'
import { settled } from './_manual-clock.ts'

export type Body = Record<string, unknown>

export interface RawPeer {
  readonly signer: Signer
  /** Bodies of the sealed messages received, acks included. */
  readonly received: Body[]
  /** Debug texts, in which a server says why it hangs up. */
  readonly remarks: string[]
  readonly closed: boolean
  /** The permission for the next message, and the session. */
  nonce: string | null
  dcpsid: string | undefined
  /** False: what is received is not acknowledged. */
  acking: boolean
  /** Sends a text as it is. */
  text(text: string): Promise<void>
  /** Seals and sends a body. */
  body(body: Body, signer?: Signer): Promise<void>
  /** A request's body with everything right, to be sent or spoilt. */
  request(operation: string, data?: unknown, changes?: Body): Body
  /** Sends a request and returns the response to it. */
  ask(operation: string, data?: unknown, changes?: Body): Promise<Body | undefined>
  /** The handshake, to the end. */
  connect(): Promise<void>
  /** The last Ack that was sent, as a client that resumes repeats it. */
  lastAck(): Body
  hangUp(): Promise<void>
}

export async function createRawPeer(
  lab: Lab,
  options: { readonly signer?: Signer; readonly open?: () => Promise<Bearer> } = {},
): Promise<RawPeer> {
  const signer = options.signer ?? lab.key()
  const open =
    options.open ??
    (async () => await lab.network.connector(location)(new AbortController().signal))
  const bearer = await open()
  const received: Body[] = []
  const remarks: string[] = []
  let closed = false
  let count = 0
  let lastAck: Body = {}

  bearer.receive({
    message(text) {
      if (text.startsWith('T')) remarks.push(text.slice(1))
      if (!text.startsWith('{')) return
      const body = parseSealed(text).body as Body
      received.push(body)
      if (body['type'] === 'ack') {
        peer.nonce = String(body['nonce'])
      } else if (peer.acking) {
        count += 1
        // The Acks of a handshake have no session id (wire-protocol §5.2).
        const dcpsid = peer.dcpsid
        lastAck = {
          type: 'ack',
          ...(dcpsid === undefined ? {} : { dcpsid }),
          token: body['ackToken'],
          nonce: `NN${count}`,
          messageId: body['id'],
        }
        peer.dcpsid ??= String(body['dcpsid'])
        bearer.send(sealText(signer, JSON.stringify(lastAck)))
      }
    },
    closed() {
      closed = true
    },
  })

  const peer: RawPeer = {
    signer,
    received,
    remarks,
    get closed() {
      return closed
    },
    nonce: null,
    dcpsid: undefined,
    acking: true,
    async text(text) {
      bearer.send(text)
      await settled()
    },
    async body(body, by = signer) {
      await peer.text(sealText(by, JSON.stringify(body)))
    },
    request(operation, data, changes = {}) {
      count += 1
      const time = lab.clock.now() / 1000
      const { nonce, dcpsid } = peer
      return {
        id: `m${count}`,
        type: 'request',
        payload: {
          operation,
          data,
          allow: [],
          validity: { stamp: `stamp${count}`, ttl: 120, time },
        },
        auth: {},
        ...(dcpsid === undefined ? {} : { dcpsid }),
        time,
        ackToken: `AT${count}`,
        nonce,
        ...changes,
      }
    },
    async ask(operation, data, changes) {
      const body = peer.request(operation, data, changes)
      const from = received.length
      await peer.body(body)
      return received.slice(from).find(({ type, id }) => type === 'response' && id === body['id'])
    },
    async connect() {
      const sid = lab.random.token(21)
      const answer = await peer.ask('connect', { version: '5.3.0', sid })
      if (answer?.['success'] !== true) throw new Error('the handshake failed')
    },
    lastAck: () => ({ ...lastAck, dcpsid: peer.dcpsid }),
    async hangUp() {
      bearer.close()
      await settled()
    },
  }
  await settled()
  return peer
}
