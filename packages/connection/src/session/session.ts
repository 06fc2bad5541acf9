/**
 * One session between two peers, the same on both sides: what leaves when, what a received message
 * means, which requests are open, and how it ends. It outlives its transports and does not know them.
 *
 *   handshake ──► open ──► closing ──► finished
 *       └───────────┴── fail, end ────────▲
 */
import {
  type CancelTimer,
  type Clock,
  DcpError,
  isDcpError,
  type Logger,
  type Random,
  type Signer,
} from '@manyhands/protocol'

import { limits, times } from '../limits.ts'
import { elementText, memberText } from '../raw-json.ts'
import { acceptedVersions, acceptsVersion, protocolVersion } from '../version.ts'
import {
  isObject,
  type JsonObject,
  type Member,
  membersOf,
  parseBody,
  type RequestMember,
  type ResponseMember,
  withoutJsonData,
} from './bodies.ts'
import { batchHead, openBody, requestHead, requestPayloadText, responseHead } from './body-text.ts'
import { createLockStep } from './lock-step.ts'
import { createOutbox, type Outgoing, type Unit } from './outbox.ts'

/** Microtasks between the first message queued and the departure of all. */
const coalescingTurns = 8

export type Phase = 'handshake' | 'open' | 'closing' | 'finished'

/** A request of ours and who waits for its response. */
export interface OutgoingRequest extends Outgoing {
  answered(success: boolean, payload: unknown): void
  /** No answer can come any more. */
  lost(reason: DcpError): void
}

/** A request of the peer's that is not one of the built-in ones. */
export interface ReceivedRequest {
  readonly id: string
  readonly operation: string
  readonly data: unknown
  /** As parsed, before `jsonData` was replaced. */
  readonly payload: JsonObject
  readonly auth: JsonObject
  /** The payload's text exactly as it was sent. */
  payloadText(): string
}

export interface SessionHost {
  request(request: ReceivedRequest): void
  /** The handshake is over: `dcpsid` is set and messages may be queued. */
  opened(): void
  /** Nothing new is carried from now on; all open requests were told. */
  over(reason: DcpError): void
  /** There is nothing left to send either: the transport may go. */
  finished(reason: DcpError): void
  /** The peer does not acknowledge: the transport has to be replaced. */
  stalled(): void
  /** The peer's clock, seconds since 1970, from each of its responses. */
  heardTime?(seconds: number): void
}

export interface SessionOptions {
  readonly role: 'initiator' | 'target'
  readonly identity: Signer
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Seconds since 1970, by the clock both sides go by. */
  readonly now: () => number
  /** Known from the start on the side that creates it. */
  readonly dcpsid?: string
  /** Makes message ids, unique on this side. */
  readonly nextId: () => string
  readonly maxRttMs?: number
  readonly closeTimeoutMs?: number
}

export interface Session {
  readonly dcpsid: string | undefined
  readonly phase: Phase
  readonly attached: boolean
  /** Messages that wait, and their length. */
  readonly waiting: { readonly messages: number; readonly length: number }
  attach(transmit: (text: string) => void): void
  detach(): void
  /** Initiator: sends the `connect` request with this half of a session id. */
  connect(sid: string): void
  /** Target: takes the `connect` request as the first message and answers it. */
  acceptConnect(body: unknown): void
  /** Takes a verified message of the peer. */
  receive(bodyText: string, body: unknown): void
  /** Queues requests that leave in one message. Throws EBUSY when too much waits. */
  request(unit: readonly OutgoingRequest[]): void
  /** Stops waiting for the answer; takes the request back when it has not left. */
  forget(id: string): void
  /** Queues a response. `payload` is any JSON; a value that is not becomes an INTERNAL error. */
  respond(
    id: string,
    success: boolean,
    payload: unknown,
    receipt?: Pick<Outgoing, 'delivered' | 'lost'>,
  ): void
  /** Says goodbye in order; `finished` follows within `closeTimeoutMs`. */
  leave(code: string): void
  /** The peer broke the protocol: tells it if possible, and ends. */
  fail(error: DcpError): void
  /** Ends without a word. */
  end(reason: DcpError): void
}

export function createSession(options: SessionOptions, host: SessionHost): Session {
  const { role, identity, clock, random, logger, now, nextId } = options
  const maxRttMs = options.maxRttMs ?? times.maxRtt
  const closeTimeoutMs = options.closeTimeoutMs ?? times.closeTimeout
  const lockStep = createLockStep({
    identity,
    random,
    role: role === 'initiator' ? 'i' : 't',
    ...(options.dcpsid === undefined ? {} : { dcpsid: options.dcpsid }),
  })
  const outbox = createOutbox()
  const dialogues = new Map<string, OutgoingRequest>()
  /** Requests whose answer nobody waits for; the answer must not look unsolicited. */
  const forgotten = new Set<string>()
  let phase: Phase = 'handshake'
  let attached = false
  let onDeck: readonly Outgoing[] = []
  let connectSid: string | undefined
  let closeId: string | undefined
  let pumpScheduled = false
  let cancelRtt: CancelTimer | undefined
  let cancelClose: CancelTimer | undefined

  // ---- what leaves

  function schedulePump(): void {
    if (pumpScheduled) return
    pumpScheduled = true
    void pumpSoon()
  }

  /** Waits for what is queued in this turn, also by handlers with a few awaits: it leaves together. */
  async function pumpSoon(): Promise<void> {
    for (let turn = 0; turn < coalescingTurns; turn += 1) await Promise.resolve()
    pumpScheduled = false
    pump()
  }

  function pump(): void {
    if ((phase !== 'open' && phase !== 'closing') || !lockStep.maySend()) return
    const members = outbox.take()
    const [first] = members
    if (first === undefined) return
    const end = (head: string): string => openBody(head, lockStep.dcpsid, now())
    // A second answer to the same request must not have the id of the one before (§17 item 14).
    if (members.length === 1 && first.id !== lockStep.lastSentId) {
      return put(members, first.id, end(first.head))
    }
    const id = nextId()
    const texts = members.map(({ head }) => `${end(head)}}`)
    put(members, id, end(batchHead(id, texts)))
  }

  function put(members: readonly Outgoing[], id: string, open: string): void {
    onDeck = members
    lockStep.send(id, open)
    watchRtt()
  }

  function watchRtt(): void {
    cancelRtt?.()
    cancelRtt = undefined
    if (!lockStep.onDeck || !attached) return
    cancelRtt = clock.setTimer(maxRttMs, () => host.stalled(), { background: true })
  }

  function enqueue(unit: Unit): void {
    const messages = attached ? limits.queueMessages : limits.lingeringQueueMessages
    const length = attached ? limits.queueLength : limits.lingeringQueueLength
    if (outbox.messages + unit.length > messages || outbox.length > length) {
      throw new DcpError('EBUSY', 'too much waits for the peer already', {
        details: { waiting: outbox.messages, limit: messages },
      })
    }
    outbox.add(unit)
    schedulePump()
  }

  function builtInRequest(operation: string, data: unknown): { id: string; head: string } {
    const id = nextId()
    const payload = requestPayloadText({
      operation,
      dataText: JSON.stringify(data),
      allow: [],
      stamp: random.token(21),
      ttlSeconds: times.ttlDefault / 1000,
      timeSeconds: now(),
    })
    return { id, head: requestHead(id, payload) }
  }

  function respond(
    id: string,
    success: boolean,
    payload: unknown,
    receipt: Pick<Outgoing, 'delivered' | 'lost'> = {},
  ): void {
    if (phase !== 'open') {
      receipt.lost?.(new DcpError('ECONNRESET', 'the session ended before the answer could leave'))
      return
    }
    try {
      enqueue([{ ...receipt, id, head: responseHead(id, success, payloadTextOf(payload)) }])
    } catch (error) {
      if (!isDcpError(error)) throw error
      if (isDcpError(error, 'EBUSY')) return fail(error)
      const { code, message } = error
      const told = JSON.stringify({ message, code, name: 'DCPError' })
      logger.error('a response could not be written', { id, error })
      enqueue([{ ...receipt, id, head: responseHead(id, false, told) }])
    }
  }

  // ---- what arrives

  function receive(bodyText: string, body: unknown): void {
    if (phase === 'finished') return
    try {
      const parsed = parseBody(body)
      if (parsed.type === 'ack') {
        if (lockStep.receiveAck(parsed) === 'delivered') acknowledged()
        return
      }
      if (phase === 'handshake' && role === 'target') {
        throw new DcpError('EINVAL', 'a message before the handshake was acknowledged')
      }
      if (lockStep.receive(parsed) === 'repeated') return
      receiveMembers(parsed.body, bodyText)
    } catch (error) {
      if (!isDcpError(error)) throw error
      fail(error)
    }
  }

  function acknowledged(): void {
    const members = onDeck
    onDeck = []
    cancelRtt?.()
    cancelRtt = undefined
    for (const member of members) member.delivered?.()
    if (phase === 'handshake' && role === 'target') {
      phase = 'open'
      host.opened()
    }
    schedulePump()
  }

  function receiveMembers(body: JsonObject, bodyText: string): void {
    const members = membersOf(body)
    if (phase === 'handshake') return receiveConnectResponse(members, body)
    const batched = body['type'] === 'batch'
    members.forEach((member, index) => {
      if (phase === 'finished') return
      if (member.type === 'response') return receiveResponse(member)
      // Requests that cross our goodbye are dropped, and so are notifications, which nobody sends.
      if (member.type !== 'request' || phase !== 'open') return
      receiveRequest(member, () => {
        const text = batched ? elementText(memberText(bodyText, 'payload') ?? '', index) : bodyText
        return memberText(text ?? '', 'payload') ?? ''
      })
    })
  }

  function receiveConnectResponse(members: readonly Member[], body: JsonObject): void {
    const [response] = members
    if (response?.type !== 'response' || response.id !== lockStep.lastSentId) {
      throw new DcpError('EINVAL', 'only the response to connect may come first')
    }
    if (!response.success) {
      const told = isObject(response.payload) ? response.payload : {}
      const code = told['code'] === 'EVERSION' ? 'EVERSION' : 'EINVAL'
      throw new DcpError(code, `the server refused the connection: ${String(told['message'])}`)
    }
    const version = isObject(response.payload) ? response.payload['version'] : undefined
    if (!acceptsVersion(version)) {
      throw new DcpError(
        'EVERSION',
        `the server speaks ${String(version)}, this side ${acceptedVersions}`,
      )
    }
    const dcpsid = body['dcpsid']
    if (typeof dcpsid !== 'string' || connectSid === undefined || !dcpsid.startsWith(connectSid)) {
      throw new DcpError('EDCPSID', 'the session id does not begin with what this side sent')
    }
    lockStep.adopt(dcpsid)
    hearTime(response)
    phase = 'open'
    host.opened()
    schedulePump()
  }

  function hearTime({ time }: ResponseMember): void {
    if (typeof time === 'number' && Number.isFinite(time)) host.heardTime?.(time)
  }

  function receiveResponse(response: ResponseMember): void {
    const dialogue = dialogues.get(response.id)
    if (dialogue === undefined) {
      if (forgotten.delete(response.id)) return
      if (response.id === closeId)
        return finish(new DcpError('EPIPE', 'the session was closed here'))
      throw new DcpError('EINVAL', 'a response to a request that is not open')
    }
    dialogues.delete(response.id)
    hearTime(response)
    dialogue.answered(response.success, response.payload)
  }

  function receiveRequest(member: RequestMember, payloadText: () => string): void {
    const { id, payload, auth } = member
    const operation = isObject(payload) ? payload['operation'] : undefined
    if (
      !isObject(payload) ||
      typeof operation !== 'string' ||
      operation === '' ||
      operation.length > limits.operationLength
    ) {
      const message = `"operation" of a request must be a string of 1 to ${limits.operationLength} characters`
      return respond(id, false, { message, code: 'EINVAL', name: 'DCPError' })
    }
    switch (operation) {
      case 'connect':
        throw new DcpError('DCPC-1321', 'the session is connected already')
      case 'keepalive':
        return respond(id, true, { success: true })
      case 'close':
        return partedBy(id, payload['data'])
      default:
        break
    }
    let data: unknown
    try {
      const plain = withoutJsonData(payload)
      data = isObject(plain) ? plain['data'] : undefined
    } catch (error) {
      if (!isDcpError(error)) throw error
      return respond(id, false, { message: error.message, code: error.code, name: 'DCPError' })
    }
    host.request({ id, operation, data, payload, auth: isObject(auth) ? auth : {}, payloadText })
  }

  // ---- how it ends

  /** The peer says goodbye. */
  function partedBy(id: string, said: unknown): void {
    const why = typeof said === 'string' ? ` (${said.slice(0, 64)})` : ''
    const reason = new DcpError('ECONNRESET', `the peer closed the session${why}`)
    if (role === 'initiator') {
      // The Ack, which has left, is all that a server waits for.
      over(reason)
      return finish(reason)
    }
    over(reason)
    outbox.addFirst([
      { id, head: responseHead(id, true, '"goodbye"'), delivered: () => finish(reason) },
    ])
    schedulePump()
  }

  /** Enters `closing`: nothing but goodbyes is carried from here on. */
  function over(reason: DcpError): void {
    if (phase === 'closing' || phase === 'finished') return
    phase = 'closing'
    const waiting = outbox.drain()
    const open = [...dialogues.values()]
    dialogues.clear()
    for (const { id } of open) forgotten.add(id)
    for (const message of waiting) if (!forgotten.has(message.id)) message.lost?.(reason)
    for (const request of open) request.lost(reason)
    cancelClose = clock.setTimer(closeTimeoutMs, () => finish(reason), { background: true })
    host.over(reason)
  }

  function finish(reason: DcpError): void {
    if (phase === 'finished') return
    over(reason)
    phase = 'finished'
    cancelClose?.()
    cancelRtt?.()
    for (const message of [...onDeck, ...outbox.drain()]) {
      if (!forgotten.has(message.id)) message.lost?.(reason)
    }
    onDeck = []
    forgotten.clear()
    lockStep.detach()
    host.finished(reason)
  }

  function fail(error: DcpError): void {
    if (phase === 'finished') return
    logger.debug('the session fails', { code: error.code, reason: error.message })
    if (phase === 'open' && lockStep.maySend()) {
      const { id, head } = builtInRequest('close', error.code)
      lockStep.send(id, openBody(head, lockStep.dcpsid, now()))
    }
    finish(error)
  }

  return {
    get dcpsid() {
      return lockStep.dcpsid
    },
    get phase() {
      return phase
    },
    get attached() {
      return attached
    },
    get waiting() {
      return { messages: outbox.messages, length: outbox.length }
    },

    attach(transmit) {
      attached = true
      lockStep.attach((text) => {
        try {
          transmit(text)
        } catch (error) {
          if (!isDcpError(error)) throw error
          queueMicrotask(() => fail(error))
        }
      })
      watchRtt()
      schedulePump()
    },

    detach() {
      attached = false
      lockStep.detach()
      cancelRtt?.()
      cancelRtt = undefined
      if (phase === 'closing') finish(new DcpError('ECONNRESET', 'the transport was lost'))
    },

    connect(sid) {
      connectSid = sid
      const { id, head } = builtInRequest('connect', { version: protocolVersion, sid })
      put([], id, openBody(head, undefined, now()))
    },

    acceptConnect(body) {
      const envelope = parseBody(body)
      if (envelope.type === 'ack') throw new DcpError('EINVAL', 'an Ack cannot begin a session')
      const payload = isObject(envelope.body['payload']) ? envelope.body['payload'] : {}
      const version = isObject(payload['data']) ? payload['data']['version'] : undefined
      lockStep.receive(envelope)
      const accepted = acceptsVersion(version)
      const answer = accepted
        ? { version: protocolVersion, operation: 'connect' }
        : { message: acceptedVersions, code: 'EVERSION', name: 'DCPError' }
      const head = responseHead(envelope.id, accepted, JSON.stringify(answer))
      if (accepted) return put([], envelope.id, openBody(head, lockStep.dcpsid, now()))
      const reason = new DcpError('EVERSION', `the peer speaks ${String(version)}`)
      const refusal = { id: envelope.id, head, delivered: () => finish(reason) }
      put([refusal], envelope.id, openBody(head, lockStep.dcpsid, now()))
      over(reason)
    },

    receive,

    request(unit) {
      if (phase !== 'open') throw new DcpError('ECONNRESET', 'the session is over')
      enqueue(unit)
      for (const request of unit) dialogues.set(request.id, request)
    },

    forget(id) {
      if (!dialogues.delete(id)) return
      let waited = false
      outbox.remove((message) => {
        waited ||= message.id === id
        return message.id === id
      })
      if (!waited) forgotten.add(id)
    },

    respond,

    leave(code) {
      if (phase === 'finished' || phase === 'closing') return
      const reason = new DcpError('EPIPE', 'the session was closed here')
      const opened = phase === 'open'
      over(reason)
      if (!opened || !attached) return finish(reason)
      const { id, head } = builtInRequest('close', code)
      closeId = id
      // A server goes when its goodbye arrived; a client stays for the answer, as official ones do.
      const delivered = role === 'target' ? { delivered: () => finish(reason) } : {}
      outbox.addFirst([{ id, head, ...delivered }])
      schedulePump()
    },

    fail,
    end: finish,
  }
}

/** JSON text of a payload. Throws INTERNAL for a value that has none, ETOOBIG when it is too long. */
function payloadTextOf(payload: unknown): string | undefined {
  let text: string | undefined
  try {
    text = JSON.stringify(payload)
  } catch (cause) {
    throw new DcpError('INTERNAL', 'the payload cannot be written as JSON', { cause })
  }
  if (isObject(payload) && Object.hasOwn(payload, 'jsonData')) {
    throw new DcpError('INTERNAL', 'a payload must not have a member "jsonData"')
  }
  if (text !== undefined && text.length > limits.messageLength - limits.frameHeaderLength) {
    throw new DcpError('ETOOBIG', `a message has at most ${limits.messageLength} units`, {
      details: { limit: limits.messageLength, length: text.length },
    })
  }
  return text
}
