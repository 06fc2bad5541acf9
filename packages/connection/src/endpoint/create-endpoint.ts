/**
 * The server side: takes transports, decides from the first message whose session each one carries,
 * and keeps sessions while their peer is away.
 */
import { type Address, DcpError, isDcpError, sealText } from '@manyhands/protocol'

import type { Bearer } from '../bearer.ts'
import type { Endpoint, EndpointDeps, EndpointOptions } from '../endpoint.ts'
import { createFraming } from '../framing/framing.ts'
import { limits, times } from '../limits.ts'
import { openSealed, type OpenedMessage } from '../message/sealed-message.ts'
import { isObject, parseBody } from '../session/bodies.ts'
import { createSession } from '../session/create-session.ts'
import type { ReceivedRequest } from '../session/session.ts'
import { createStampMemory } from '../message/validity.ts'
import { createRequestServer } from './serve-request.ts'
import { createServerSession } from './server-session.ts'
import { createSessionRegistry, type Held } from './session-registry.ts'
import { createStray } from './stray.ts'
import type { Transport } from './transport.ts'

export function createEndpoint(options: EndpointOptions, deps: EndpointDeps): Endpoint {
  const { identity } = options
  const { crypto, clock, random, logger } = deps
  const lingerMs = options.lingerMs ?? times.linger
  const closeTimeoutMs = options.closeTimeoutMs ?? times.closeTimeout
  const stamps = createStampMemory({ clock })
  const registry = createSessionRegistry({
    sessionsPerPeerMax: options.sessionsPerPeerMax ?? limits.sessionsPerPeer,
    sessionsMax: options.sessionsMax ?? limits.sessions,
  })
  const transports = new Set<Transport>()
  let silent = 0
  let strays = 0
  let messageIds = 0
  let closing: Promise<void> | undefined
  let allGone: (() => void) | undefined

  const now = (): number => clock.now() / 1000
  const nextId = (): string => {
    messageIds += 1
    return `0-${messageIds}-${random.token(21)}`
  }

  // ---- transports

  function accept(bearer: Bearer, service: string): void {
    let transport: Transport | undefined
    const framing = createFraming(bearer, {
      message: (text) => {
        if (transport !== undefined) receive(transport, text)
      },
      broken: (error) => {
        if (transport !== undefined) broken(transport, error)
      },
      closed: () => {
        if (transport !== undefined) forget(transport)
      },
    })
    if (closing !== undefined || silent >= limits.silentTransports) {
      const why = closing === undefined ? 'too many connections' : 'the server is shutting down'
      return framing.refuse(new DcpError('EBUSY', why))
    }
    const { host, userAgent } = bearer
    const created: Transport = { service, host, userAgent, framing, open: true }
    transport = created
    transports.add(created)
    const late = new DcpError('ETIMEDOUT', 'no first message within the time for it')
    setDeadline(created, times.firstMessage, () => refuse(created, late))
  }

  function setDeadline(transport: Transport, ms: number, act: () => void): void {
    silent += 1
    transport.cancelDeadline = clock.setTimer(ms, act, { background: true })
  }

  function clearDeadline(transport: Transport): void {
    if (transport.cancelDeadline === undefined) return
    transport.cancelDeadline()
    transport.cancelDeadline = undefined
    silent -= 1
  }

  function refuse(transport: Transport, error: DcpError): void {
    logger.info('a transport was refused', {
      service: transport.service,
      code: error.code,
      reason: error.message,
      peer: transport.held?.peer,
    })
    transport.framing.refuse(error)
    forget(transport)
  }

  /** A peer known by its signatures learns of its mistake in its session; nobody else has one. */
  function broken(transport: Transport, error: DcpError): void {
    if (transport.held === undefined) refuse(transport, error)
    else transport.held.core.fail(error)
  }

  function drop(transport: Transport): void {
    transport.framing.close()
    forget(transport)
  }

  function forget(transport: Transport): void {
    if (!transport.open) return
    transport.open = false
    clearDeadline(transport)
    transports.delete(transport)
    if (transport.stray !== undefined) {
      transport.stray.close()
      strays -= 1
    }
    const { held } = transport
    if (held?.transport === transport) lose(held)
  }

  function receive(transport: Transport, text: string): void {
    if (!transport.open) return
    try {
      const message = openSealed(text, crypto)
      const { held, stray } = transport
      if (stray !== undefined) return stray.receive(message.body)
      if (held === undefined) return receiveFirst(transport, message)
      if (message.owner !== held.peer) {
        throw new DcpError('EINVAL', 'the message is not by the identity that began the session')
      }
      held.core.receive(message.bodyText, message.body)
    } catch (error) {
      if (!isDcpError(error)) throw error
      refuse(transport, error)
    }
  }

  /** The first message decides: a new session, one that is resumed, or one that does not exist. */
  function receiveFirst(transport: Transport, { owner, bodyText, body }: OpenedMessage): void {
    const first = parseBody(body)
    if (first.dcpsid === undefined) {
      const payload = first.type === 'message' ? first.body['payload'] : undefined
      if (first.type === 'ack' || !isObject(payload) || payload['operation'] !== 'connect') {
        throw new DcpError('EINVAL', 'a connection begins with a "connect" request')
      }
      const data = payload['data']
      return begin(transport, owner, body, isObject(data) ? data['sid'] : undefined)
    }
    const held = registry.get(first.dcpsid)
    if (held === undefined) return receiveStray(transport, first.dcpsid, body)
    if (held.peer !== owner) {
      throw new DcpError('EINVAL', 'the session belongs to another identity')
    }
    attach(held, transport)
    held.core.receive(bodyText, body)
  }

  function receiveStray(transport: Transport, dcpsid: string, body: unknown): void {
    if (strays >= limits.strayTransports) {
      throw new DcpError('EBUSY', 'too many peers ask for sessions that do not exist')
    }
    clearDeadline(transport)
    strays += 1
    transport.stray = createStray({
      dcpsid,
      clock,
      random,
      nextId,
      closeTimeoutMs,
      seal: (text) => {
        try {
          transport.framing.send(sealText(identity, text))
        } catch (error) {
          if (!isDcpError(error)) throw error
          refuse(transport, error)
        }
      },
      done: () => drop(transport),
    })
    transport.stray.receive(body)
  }

  // ---- sessions

  function begin(transport: Transport, peer: Address, body: unknown, sid: unknown): void {
    if (typeof sid !== 'string' || !/^[0-9A-Za-z_-]{8,64}$/.test(sid)) {
      throw new DcpError('EINVAL', '"sid" of a connect request must be 8 to 64 letters and digits')
    }
    const earlier = registry.madeBy(peer, sid)
    // A client whose transport broke during the handshake repeats it; anybody else replays it.
    if (earlier?.core.phase === 'handshake') {
      earlier.core.end(new DcpError('ETIMEDOUT', 'the handshake was begun again'))
    } else if (earlier !== undefined) {
      throw new DcpError('EDUP', 'this connect request was received before')
    }
    registry.checkRoom(peer)
    const held = createHeld(peer, sid, transport)
    registry.add(held)
    attach(held, transport)
    held.core.acceptConnect(body)
  }

  function createHeld(peer: Address, sid: string, { service, host, userAgent }: Transport): Held {
    const dcpsid = sid + random.token(21)
    const ended = new AbortController()
    let serve: (request: ReceivedRequest) => void = () => undefined
    const core = createSession(
      {
        role: 'target',
        identity,
        clock,
        random,
        logger,
        now,
        nextId,
        dcpsid,
        closeTimeoutMs,
        ...(options.maxRttMs === undefined ? {} : { maxRttMs: options.maxRttMs }),
      },
      {
        opened: () => logger.debug('a session began', { service, peer, dcpsid }),
        request: (request) => serve(request),
        over: (reason) => ended.abort(reason),
        finished: (reason) => release(held, reason),
        stalled: () => held.transport?.framing.close(),
      },
    )
    const parts = { core, dcpsid, peer, host, userAgent, ended: ended.signal, random, now, nextId }
    const session = createServerSession(parts)
    const { repeatable } = options
    serve = createRequestServer({ ...deps, identity, repeatable, stamps, service, core, session })
    const held: Held = { core, session, dcpsid, peer, sid }
    return held
  }

  function attach(held: Held, transport: Transport): void {
    clearDeadline(transport)
    held.cancelLinger?.()
    const { transport: old } = held
    held.transport = transport
    transport.held = held
    transport.framing.trust()
    if (old !== undefined) drop(old)
    held.core.attach((text) => transport.framing.send(text))
  }

  /** The transport is gone; the peer may come back with another. */
  function lose(held: Held): void {
    held.transport = undefined
    const wait = held.core.phase === 'handshake' ? times.lingerHalfOpen : lingerMs
    held.core.detach()
    if (held.core.phase === 'finished') return
    held.cancelLinger = clock.setTimer(
      Math.min(wait, lingerMs),
      () => held.core.end(new DcpError('ETIMEDOUT', 'the peer did not come back in time')),
      { background: true },
    )
  }

  function release(held: Held, reason: DcpError): void {
    const { dcpsid, peer, transport } = held
    held.cancelLinger?.()
    held.transport = undefined
    registry.remove(held)
    logger.debug('a session ended', { dcpsid, peer, reason: reason.code })
    if (transport?.open === true) {
      // A peer that said goodbye hangs up by itself; one that is being sent away does not.
      const goes = isDcpError(reason, 'ECONNRESET') && closing === undefined
      if (goes) setDeadline(transport, closeTimeoutMs, () => drop(transport))
      else drop(transport)
    }
    if (registry.size === 0) allGone?.()
  }

  async function closeAll(): Promise<void> {
    const gone = new Promise<void>((resolve) => {
      allGone = resolve
    })
    for (const { core } of registry.all()) core.leave('ECONNRESET')
    if (registry.size > 0) await gone
    for (const transport of transports) drop(transport)
  }

  const endpoint: Endpoint = {
    accept,
    sessions: registry.sessions,
    load: () => ({
      transports: transports.size,
      strayTransports: strays,
      stamps: stamps.size,
      queued: Array.from(registry.all(), ({ core }) => core.waiting.messages).reduce(add, 0),
      partials: Array.from(transports, ({ framing }) => framing.held().partials).reduce(add, 0),
    }),
    close: async () => await (closing ??= closeAll()),
    [Symbol.asyncDispose]: async () => await endpoint.close(),
  }
  return endpoint
}

function add(sum: number, more: number): number {
  return sum + more
}
