/**
 * The server side: takes transports, decides from the first message whose session each one carries,
 * keeps sessions while their peer is away, and hands requests to dispatch.
 */
import { type Address, type CancelTimer, DcpError, isDcpError, sealText } from '@manyhands/protocol'

import { isAuthorized } from '../authorization.ts'
import type { Bearer } from '../bearer.ts'
import type {
  Endpoint,
  EndpointDeps,
  EndpointOptions,
  IncomingRequest,
  ServerSession,
} from '../endpoint.ts'
import { errorPayload } from '../error-payload.ts'
import { createFraming, type Framing } from '../framing.ts'
import { limits, times } from '../limits.ts'
import { openSealed, type OpenedMessage } from '../sealed-message.ts'
import { isObject, parseBody } from '../session/bodies.ts'
import { createSession, type ReceivedRequest, type Session } from '../session/session.ts'
import { createStampMemory } from '../validity.ts'
import { createReceipt, createServerSession } from './server-session.ts'
import { createStray, type Stray } from './stray.ts'

interface Transport {
  readonly service: string
  readonly framing: Framing
  held?: Held
  stray?: Stray
  cancel?: CancelTimer | undefined
  open: boolean
}

/** A session and what the endpoint knows about it. */
interface Held {
  readonly core: Session
  readonly session: ServerSession
  readonly peer: Address
  readonly sidKey: string
  transport?: Transport | undefined
  cancelLinger?: CancelTimer | undefined
}

export function createEndpoint(options: EndpointOptions, deps: EndpointDeps): Endpoint {
  const { identity } = options
  const { dispatch, crypto, clock, random, logger } = deps
  const lingerMs = options.lingerMs ?? times.linger
  const closeTimeoutMs = options.closeTimeoutMs ?? times.closeTimeout
  const sessionsPerPeerMax = options.sessionsPerPeerMax ?? limits.sessionsPerPeer
  const sessionsMax = options.sessionsMax ?? limits.sessions
  const stamps = createStampMemory({ clock })
  const held = new Map<string, Held>()
  const sessions = new Map<string, ServerSession>()
  /** Peer and its half of the session id → session: a replayed `connect` finds the one it made. */
  const bySid = new Map<string, Held>()
  const perPeer = new Map<Address, number>()
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
    const created: Transport = { service, framing, open: true }
    transport = created
    transports.add(created)
    silent += 1
    created.cancel = clock.setTimer(
      times.firstMessage,
      () => refuse(created, new DcpError('ETIMEDOUT', 'no first message within the time for it')),
      { background: true },
    )
  }

  /** The transport is known to carry a session, or the lack of one. */
  function identified(transport: Transport): void {
    if (transport.cancel === undefined) return
    transport.cancel()
    transport.cancel = undefined
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

  function forget(transport: Transport): void {
    if (!transport.open) return
    transport.open = false
    identified(transport)
    transports.delete(transport)
    if (transport.stray !== undefined) {
      transport.stray.close()
      strays -= 1
    }
    const { held: carried } = transport
    if (carried?.transport === transport) lose(carried)
  }

  function receive(transport: Transport, text: string): void {
    if (!transport.open) return
    try {
      const message = openSealed(text, crypto)
      const { held: carried, stray } = transport
      if (stray !== undefined) return stray.receive(message.body)
      if (carried === undefined) return receiveFirst(transport, message)
      if (message.owner !== carried.peer) {
        throw new DcpError('EINVAL', 'the message is not by the identity that began the session')
      }
      carried.core.receive(message.bodyText, message.body)
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
      return begin(transport, owner, body, payload['data'])
    }
    const carried = held.get(first.dcpsid)
    if (carried === undefined) return receiveStray(transport, first.dcpsid, body)
    if (carried.peer !== owner) {
      throw new DcpError('EINVAL', 'the session belongs to another identity')
    }
    identified(transport)
    attach(carried, transport)
    carried.core.receive(bodyText, body)
  }

  function receiveStray(transport: Transport, dcpsid: string, body: unknown): void {
    if (strays >= limits.strayTransports) {
      throw new DcpError('EBUSY', 'too many peers ask for sessions that do not exist')
    }
    identified(transport)
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
      done: () => {
        transport.framing.close()
        forget(transport)
      },
    })
    transport.stray.receive(body)
  }

  // ---- sessions

  function begin(transport: Transport, peer: Address, body: unknown, data: unknown): void {
    const sid = isObject(data) ? data['sid'] : undefined
    if (typeof sid !== 'string' || !/^[0-9A-Za-z_-]{8,64}$/.test(sid)) {
      throw new DcpError('EINVAL', '"sid" of a connect request must be 8 to 64 letters and digits')
    }
    const sidKey = `${peer} ${sid}`
    const earlier = bySid.get(sidKey)
    // A client whose transport broke during the handshake repeats it; anybody else replays it.
    if (earlier?.core.phase === 'handshake') {
      earlier.core.end(new DcpError('ECONNRESET', 'the handshake was begun again'))
    } else if (earlier !== undefined) {
      throw new DcpError('EDUP', 'this connect request was received before')
    }
    const ofPeer = perPeer.get(peer) ?? 0
    if (ofPeer >= sessionsPerPeerMax || held.size >= sessionsMax) {
      throw new DcpError('EBUSY', 'too many sessions', {
        details: { limit: ofPeer >= sessionsPerPeerMax ? sessionsPerPeerMax : sessionsMax },
      })
    }
    identified(transport)
    const created = hold(sid + random.token(21), peer, sidKey, transport.service)
    attach(created, transport)
    created.core.acceptConnect(body)
  }

  function hold(dcpsid: string, peer: Address, sidKey: string, service: string): Held {
    const ended = new AbortController()
    let open = 0
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
        request: (request) => {
          if (open >= limits.openRequests) {
            const error = new DcpError('EBUSY', 'too many requests are open', {
              details: { limit: limits.openRequests },
            })
            return core.respond(request.id, false, errorPayload(error, { random, logger }))
          }
          open += 1
          void serve(created, service, request).finally(() => {
            open -= 1
          })
        },
        over: (reason) => ended.abort(reason),
        finished: (reason) => release(created, dcpsid, reason),
        stalled: () => created.transport?.framing.close(),
      },
    )
    const session = createServerSession({
      core,
      dcpsid,
      peer,
      ended: ended.signal,
      random,
      now,
      nextId,
    })
    const created: Held = { core, session, peer, sidKey }
    held.set(dcpsid, created)
    sessions.set(dcpsid, session)
    bySid.set(sidKey, created)
    perPeer.set(peer, (perPeer.get(peer) ?? 0) + 1)
    return created
  }

  function attach(carried: Held, transport: Transport): void {
    carried.cancelLinger?.()
    const { transport: old } = carried
    carried.transport = transport
    transport.held = carried
    transport.framing.trust()
    old?.framing.close()
    carried.core.attach((text) => transport.framing.send(text))
  }

  /** The transport is gone; the peer may come back with another. */
  function lose(carried: Held): void {
    carried.transport = undefined
    const wait = carried.core.phase === 'handshake' ? times.lingerHalfOpen : lingerMs
    carried.core.detach()
    if (carried.core.phase === 'finished') return
    carried.cancelLinger = clock.setTimer(
      Math.min(wait, lingerMs),
      () => carried.core.end(new DcpError('ETIMEDOUT', 'the peer did not come back in time')),
      { background: true },
    )
  }

  function release(gone: Held, dcpsid: string, reason: DcpError): void {
    gone.cancelLinger?.()
    held.delete(dcpsid)
    sessions.delete(dcpsid)
    if (bySid.get(gone.sidKey) === gone) bySid.delete(gone.sidKey)
    const ofPeer = (perPeer.get(gone.peer) ?? 1) - 1
    if (ofPeer === 0) perPeer.delete(gone.peer)
    else perPeer.set(gone.peer, ofPeer)
    const { transport } = gone
    gone.transport = undefined
    logger.debug('a session ended', { dcpsid, peer: gone.peer, reason: reason.code })
    if (transport?.open === true) {
      // A peer that said goodbye goes by itself; one that is being sent away does not.
      if (isDcpError(reason, 'ECONNRESET') && closing === undefined) linger(transport)
      else drop(transport)
    }
    if (held.size === 0) allGone?.()
  }

  function linger(transport: Transport): void {
    transport.cancel = clock.setTimer(closeTimeoutMs, () => drop(transport), { background: true })
    silent += 1
  }

  function drop(transport: Transport): void {
    transport.framing.close()
    forget(transport)
  }

  // ---- requests

  async function serve(carried: Held, service: string, request: ReceivedRequest): Promise<void> {
    const receipt = createReceipt()
    const { core, session, peer } = carried
    const { id, operation, data } = request
    try {
      const { stamp, timeMs, repeated } = stamps.check(peer, request.payload['validity'])
      if (repeated && options.repeatable?.(service, operation) !== true) {
        throw new DcpError('EDUP', 'a request with this validity stamp was received before')
      }
      const incoming: IncomingRequest = {
        service,
        operation,
        data,
        peer,
        session,
        stamp,
        timeMs,
        get answered() {
          return receipt.answered
        },
        authorizes: (resource) =>
          isAuthorized(request, resource, {
            guardian: identity.address,
            accessor: peer,
            crypto,
          }),
      }
      core.respond(id, true, await dispatch(incoming), receipt)
    } catch (error) {
      core.respond(id, false, errorPayload(error, { random, logger }), receipt)
    }
  }

  async function closeAll(): Promise<void> {
    const gone = new Promise<void>((resolve) => {
      allGone = resolve
    })
    for (const { core } of held.values()) core.leave('ECONNRESET')
    if (held.size > 0) await gone
    for (const transport of transports) drop(transport)
  }

  const endpoint: Endpoint = {
    accept,
    sessions,
    load: () => ({
      transports: transports.size,
      strayTransports: strays,
      stamps: stamps.size,
      queued: [...held.values()].reduce((sum, { core }) => sum + core.waiting.messages, 0),
      partials: [...transports].reduce((sum, { framing }) => sum + framing.held().partials, 0),
    }),
    close: async () => await (closing ??= closeAll()),
    [Symbol.asyncDispose]: async () => await endpoint.close(),
  }
  return endpoint
}
