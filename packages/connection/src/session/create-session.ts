/**
 * What a received message means, which requests are open, and how a session ends.
 *
 *   handshake ──► open ──► closing ──► finished
 *       └───────────┴── fail, end ────────▲
 */
import { type CancelTimer, DcpError, isDcpError } from '@manyhands/protocol'

import { limits, times } from '../limits.ts'
import { elementText, memberText } from '../message/raw-json.ts'
import { protocolVersion } from '../message/version.ts'
import {
  isObject,
  type JsonObject,
  membersOf,
  parseBody,
  type RequestMember,
  type ResponseMember,
  withoutJsonData,
} from './bodies.ts'
import { responseHead } from './body-text.ts'
import { createDialogues } from './dialogues.ts'
import { answerConnect, sessionIdFrom } from './handshake.ts'
import { createLockStep } from './lock-step.ts'
import { checkLength, payloadTextOf } from './payload-text.ts'
import { plainRequest } from './plain-request.ts'
import { createSender } from './sender.ts'
import type { Phase, Receipt, Session, SessionHost, SessionOptions } from './session.ts'

export function createSession(options: SessionOptions, host: SessionHost): Session {
  const { role, identity, clock, random, logger, now, nextId } = options
  const closeTimeoutMs = options.closeTimeoutMs ?? times.closeTimeout
  const source = { random, now, nextId }
  const dialogues = createDialogues()
  let phase: Phase = 'handshake'
  let connectSid: string | undefined
  let closeId: string | undefined
  let cancelClose: CancelTimer | undefined

  const lockStep = createLockStep({
    identity,
    random,
    role: role === 'initiator' ? 'i' : 't',
    ...(options.dcpsid === undefined ? {} : { dcpsid: options.dcpsid }),
  })
  const sender = createSender({
    lockStep,
    clock,
    now,
    nextId,
    maxRttMs: options.maxRttMs ?? times.maxRtt,
    mayCarry: () => phase === 'open' || phase === 'closing',
    stalled: () => host.stalled(),
  })

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
      if (lockStep.receive(parsed) === 'new') receiveMembers(parsed.body, bodyText)
    } catch (error) {
      if (!isDcpError(error)) throw error
      fail(error)
    }
  }

  function acknowledged(): void {
    const members = sender.acknowledged()
    if (phase === 'handshake' && role === 'target') {
      phase = 'open'
      host.opened()
    }
    for (const member of members) member.delivered?.()
  }

  function receiveMembers(body: JsonObject, bodyText: string): void {
    const members = membersOf(body)
    if (phase === 'handshake') {
      const ours = { id: lockStep.lastSentId, sid: connectSid }
      const { dcpsid, response } = sessionIdFrom(members, body, ours)
      lockStep.adopt(dcpsid)
      hearTime(response)
      phase = 'open'
      return host.opened()
    }
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

  function hearTime({ time }: ResponseMember): void {
    if (typeof time === 'number' && Number.isFinite(time)) host.heardTime?.(time)
  }

  function receiveResponse(response: ResponseMember): void {
    if (response.id === closeId) return finish(new DcpError('EPIPE', 'the session was closed here'))
    const request = dialogues.close(response.id)
    if (request === undefined) {
      throw new DcpError('EINVAL', 'a response to a request that is not open')
    }
    if (request === 'forgotten') return
    hearTime(response)
    request.answered(response.success, response.payload)
  }

  function receiveRequest(member: RequestMember, payloadText: () => string): void {
    const { id, payload, auth } = member
    try {
      const operation = operationOf(payload)
      switch (operation) {
        case 'keepalive':
          return respond(id, true, { success: true })
        case 'connect':
          return fail(new DcpError('DCPC-1321', 'the session is connected already'))
        case 'close':
          return partedBy(id, isObject(payload) ? payload['data'] : undefined)
        default:
          break
      }
      const plain = withoutJsonData(payload)
      if (!isObject(payload) || !isObject(plain)) return
      const data = plain['data']
      host.request({ id, operation, data, payload, auth: isObject(auth) ? auth : {}, payloadText })
    } catch (error) {
      if (!isDcpError(error, 'EINVAL')) throw error
      // The request makes no sense, the message around it does.
      respond(id, false, { message: error.message, code: error.code, name: 'DCPError' })
    }
  }

  function respond(id: string, success: boolean, payload: unknown, receipt: Receipt = {}): void {
    if (phase !== 'open') {
      receipt.lost?.(new DcpError('ECONNRESET', 'the session ended before the answer could leave'))
      return
    }
    let head: string
    try {
      head = responseHead(id, success, payloadTextOf(payload))
    } catch (error) {
      if (!isDcpError(error)) throw error
      logger.error('a response could not be written', { id, error })
      const { message, code } = error
      head = responseHead(id, false, JSON.stringify({ message, code, name: 'DCPError' }))
    }
    try {
      sender.enqueue([{ ...receipt, id, head }])
    } catch (error) {
      if (!isDcpError(error)) throw error
      // An answer must not be lost alone: the peer would wait for it as long as the session lives.
      receipt.lost?.(error)
      fail(error)
    }
  }

  /** The peer says goodbye. */
  function partedBy(id: string, said: unknown): void {
    const why = typeof said === 'string' ? ` (${said.slice(0, 64)})` : ''
    const reason = new DcpError('ECONNRESET', `the peer closed the session${why}`)
    over(reason)
    // A server waits for our Ack only, which has left; a client waits for the answer as well.
    if (role === 'initiator') return finish(reason)
    const delivered = (): void => finish(reason)
    sender.overtake({ id, head: responseHead(id, true, '"goodbye"'), delivered })
  }

  /** Enters `closing`: nothing but goodbyes is carried from here on. */
  function over(reason: DcpError): void {
    if (phase === 'closing' || phase === 'finished') return
    phase = 'closing'
    cancelClose = clock.setTimer(closeTimeoutMs, () => finish(reason), { background: true })
    const unsent = sender.drain()
    const open = dialogues.drain()
    for (const message of unsent) message.lost?.(reason)
    for (const request of open) request.lost(reason)
    host.over(reason)
  }

  function finish(reason: DcpError): void {
    if (phase === 'finished') return
    over(reason)
    phase = 'finished'
    cancelClose?.()
    for (const message of sender.stop()) message.lost?.(reason)
    host.finished(reason)
  }

  function fail(error: DcpError): void {
    if (phase === 'finished') return
    logger.debug('the session fails', { code: error.code, reason: error.message })
    if (phase === 'open' && lockStep.maySend()) {
      sender.begin(plainRequest('close', error.code, source))
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
      return sender.attached
    },
    get waiting() {
      return sender.waiting
    },

    attach(transmit) {
      sender.attach((text) => {
        try {
          transmit(text)
        } catch (error) {
          if (!isDcpError(error)) throw error
          // The peer cannot take the message; this is inside the step that sends it.
          queueMicrotask(() => fail(error))
        }
      })
    },

    detach() {
      sender.detach()
      if (phase === 'closing') finish(new DcpError('ECONNRESET', 'the transport was lost'))
    },

    connect(sid) {
      connectSid = sid
      sender.begin(plainRequest('connect', { version: protocolVersion, sid }, source))
    },

    acceptConnect(body) {
      const envelope = parseBody(body)
      if (envelope.type === 'ack') throw new DcpError('EINVAL', 'an Ack cannot begin a session')
      lockStep.receive(envelope)
      const answer = answerConnect(envelope)
      const { id } = envelope
      const head = responseHead(id, answer.success, JSON.stringify(answer.payload))
      if (answer.success) return sender.begin({ id, head })
      sender.begin({ id, head, delivered: () => finish(answer.reason) })
      over(answer.reason)
    },

    receive,

    request(unit) {
      if (phase !== 'open') throw new DcpError('ECONNRESET', 'the session is over')
      checkLength(unit.reduce((sum, { head }) => sum + head.length, 0))
      // Whether a request is lost is decided by its dialogue, not by its message.
      sender.enqueue(unit.map(({ id, head }) => ({ id, head })))
      for (const request of unit) dialogues.open(request)
    },

    forget(id) {
      if (!dialogues.abandon(id)) return
      if (!sender.remove(id)) dialogues.expectLate(id)
    },

    respond,

    leave(code) {
      if (phase === 'finished' || phase === 'closing') return
      const reason = new DcpError('EPIPE', 'the session was closed here')
      const opened = phase === 'open'
      over(reason)
      if (!opened || !sender.attached) return finish(reason)
      const goodbye = plainRequest('close', code, source)
      closeId = goodbye.id
      // A server goes when its goodbye arrived; a client stays for the answer, as official ones do.
      const delivered = role === 'target' ? { delivered: () => finish(reason) } : {}
      sender.overtake({ ...goodbye, ...delivered })
    },

    fail,
    end: finish,
  }
}

/** Throws EINVAL for a payload that asks for nothing. */
function operationOf(payload: unknown): string {
  const operation = isObject(payload) ? payload['operation'] : undefined
  if (
    typeof operation === 'string' &&
    operation !== '' &&
    operation.length <= limits.operationLength
  ) {
    return operation
  }
  throw new DcpError(
    'EINVAL',
    `"operation" of a request must be a string of 1 to ${limits.operationLength} characters`,
  )
}
