/**
 * The client side: one loop that opens a transport, begins or resumes a session on it, and starts
 * over when the transport or the session is lost. Requests wait while there is no session.
 */
import {
  type Address,
  type CancelTimer,
  type Clock,
  DcpError,
  isDcpError,
  type Logger,
  type Random,
  type Signer,
} from '@manyhands/protocol'
import type { Crypto } from '@manyhands/wallet'

import type { Bearer, OpenBearer } from '../bearer.ts'
import type { Connection, OutgoingRequest, ServerRequestHandler } from '../connection.ts'
import { errorPayload } from '../error-payload.ts'
import { createFraming, type Framing } from '../framing.ts'
import { limits, times } from '../limits.ts'
import { openSealed } from '../sealed-message.ts'
import { createSession, type ReceivedRequest, type Session } from '../session/session.ts'
import { backoffMs } from './backoff.ts'
import { createPendingRequest, type PendingRequest } from './pending-request.ts'

export interface ConnectionOptions {
  /** This side's key; it seals every message. */
  readonly identity: Signer
  /** The server's address as it was before; another one is refused with `EADDRCHANGE`. */
  readonly expectedPeer?: Address
  /** How long the first session may take; 60 s by default. */
  readonly connectTimeoutMs?: number
  /** How long to try after a transport or session was lost; 7,200 s by default. */
  readonly reconnectTimeoutMs?: number
  /** How long a goodbye may take; 7 s by default. */
  readonly closeTimeoutMs?: number
  /** How long the server has to acknowledge a message; 120 s by default. */
  readonly maxRttMs?: number
}

export interface ConnectionDeps {
  /** Makes a transport to the server's location. */
  readonly open: OpenBearer
  readonly crypto: Crypto
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** A session with what belongs to it on this side. */
interface Current {
  readonly core: Session
  /** Set when the session is over, with the reason. */
  ended?: DcpError
}

/** Connects when the first request is made, or when a session is asked for. */
export function createConnection(options: ConnectionOptions, deps: ConnectionDeps): Connection {
  const { identity } = options
  const { crypto, clock, random, logger } = deps
  const connectTimeoutMs = options.connectTimeoutMs ?? times.connectTimeout
  const reconnectTimeoutMs = options.reconnectTimeoutMs ?? times.reconnectTimeout
  const closeTimeoutMs = options.closeTimeoutMs ?? times.closeTimeout
  const stop = new AbortController()
  const sessionListeners = new Set<(dcpsid: string) => void>()
  const sessionWaiters = new Set<{ resolve(dcpsid: string): void; reject(why: unknown): void }>()
  let handler: ServerRequestHandler | undefined
  let peer = options.expectedPeer
  let current: Current | undefined
  let waiting: (readonly PendingRequest[])[] = []
  let waitingCount = 0
  let hadSession = false
  let loop: Promise<void> | undefined
  let transport: Framing | undefined
  let closed = false
  let closing: Promise<void> | undefined
  let attempts = 0
  let messageIds = 0
  /** Server's wall clock minus our monotonic one, once a response told it. */
  let clockOffsetMs: number | undefined

  const now = (): number =>
    (clockOffsetMs === undefined ? clock.now() : clock.monotonic() + clockOffsetMs) / 1000
  const nextId = (): string => {
    messageIds += 1
    return `1-${messageIds}-${random.token(21)}`
  }

  // ---- requests

  function submit(calls: readonly OutgoingRequest[]): readonly PendingRequest[] {
    if (closed) throw new DcpError('EPIPE', 'the connection was closed here')
    if (waitingCount + calls.length > limits.pendingRequests) {
      throw new DcpError('EBUSY', 'too many requests wait for a session', {
        details: { limit: limits.pendingRequests },
      })
    }
    const unit = calls.map((call) =>
      createPendingRequest(call, { identity, random, now, id: nextId(), answered, lost, aborted }),
    )
    const live = unit.filter(({ settled }) => !settled)
    if (live.length > 0) {
      if (current?.core.phase === 'open') send(current.core, live)
      else wait(live)
      start()
    }
    return unit
  }

  function wait(unit: readonly PendingRequest[]): void {
    waiting.push(unit)
    waitingCount += unit.length
  }

  function send(core: Session, unit: readonly PendingRequest[]): void {
    const live = unit.filter(({ settled }) => !settled)
    const server = peer
    if (live.length === 0 || server === undefined) return
    try {
      core.request(live.map((request) => request.message(server)))
    } catch (error) {
      for (const request of live) request.reject(error)
    }
  }

  /** Only a server that answers makes the next attempt a first one; a handshake proves little. */
  function answered(): void {
    attempts = 0
  }

  function lost(request: PendingRequest, reason: DcpError): void {
    if (request.settled) return
    if (request.idempotent && !closed) wait([request])
    else request.reject(reason)
  }

  function aborted(request: PendingRequest): void {
    current?.core.forget(request.id)
    waiting = waiting
      .map((unit) => unit.filter((other) => other !== request))
      .filter((unit) => unit.length > 0)
    waitingCount = waiting.reduce((sum, unit) => sum + unit.length, 0)
  }

  function rejectAll(reason: DcpError): void {
    const units = waiting
    waiting = []
    waitingCount = 0
    for (const unit of units) for (const request of unit) request.reject(reason)
    for (const waiter of sessionWaiters) waiter.reject(reason)
    sessionWaiters.clear()
  }

  async function serve(core: Session, { id, operation, data }: ReceivedRequest): Promise<void> {
    try {
      if (handler === undefined) {
        throw new DcpError('EINVAL', `this client does not answer ${JSON.stringify(operation)}`)
      }
      core.respond(id, true, await handler(operation, data))
    } catch (error) {
      core.respond(id, false, errorPayload(error, { random, logger }))
    }
  }

  // ---- sessions

  function begin(): Current {
    const core = createSession(
      {
        role: 'initiator',
        identity,
        clock,
        random,
        logger,
        now,
        nextId,
        closeTimeoutMs,
        ...(options.maxRttMs === undefined ? {} : { maxRttMs: options.maxRttMs }),
      },
      {
        opened: () => opened(core),
        request: (request) => void serve(core, request),
        over: () => undefined,
        finished: (reason) => {
          begun.ended = reason
          transport?.close()
        },
        stalled: () => transport?.close(),
        heardTime: (seconds) => {
          clockOffsetMs = seconds * 1000 - clock.monotonic()
        },
      },
    )
    const begun: Current = { core }
    return begun
  }

  function opened(core: Session): void {
    const { dcpsid } = core
    if (dcpsid === undefined) return
    hadSession = true
    logger.debug('a session began', { dcpsid, peer })
    const units = waiting
    waiting = []
    waitingCount = 0
    for (const unit of units) send(core, unit)
    for (const waiter of sessionWaiters) waiter.resolve(dcpsid)
    sessionWaiters.clear()
    for (const listener of sessionListeners) listener(dcpsid)
  }

  // ---- the loop

  function start(): void {
    if (loop !== undefined || closed) return
    loop = run().finally(() => {
      loop = undefined
      // A request may have come while the last attempt was given up.
      if (waitingCount > 0 || sessionWaiters.size > 0) start()
    })
  }

  async function run(): Promise<void> {
    let deadline: number | undefined
    while (!stop.signal.aborted) {
      const timeoutMs = hadSession ? reconnectTimeoutMs : connectTimeoutMs
      deadline ??= clock.monotonic() + timeoutMs
      try {
        const bearer = await openInTime(deadline, timeoutMs)
        if (await live(bearer, deadline)) deadline = undefined
      } catch (error) {
        giveUp(error)
        return
      }
    }
  }

  function giveUp(error: unknown): void {
    const reason = isDcpError(error) ? error : closedHere()
    if (!stop.signal.aborted) {
      logger.warn('the connection was given up', { code: reason.code, reason: reason.message })
    }
    const { core } = current ?? {}
    current = undefined
    attempts = 0
    core?.end(reason)
    rejectAll(reason)
  }

  /** Tries until a transport opens. Throws ETIMEDOUT, or what makes trying again pointless. */
  async function openInTime(deadline: number, timeoutMs: number): Promise<Bearer> {
    for (;;) {
      const rest = Math.max(0, deadline - clock.monotonic())
      const delay = Math.min(rest, backoffMs(attempts, timeoutMs, random))
      if (delay > 0) await clock.sleep(delay, stop.signal)
      const left = deadline - clock.monotonic()
      attempts += 1
      if (left <= 0) throw timedOut(timeoutMs)
      const timeLimit = new AbortController()
      const cancel = clock.setTimer(left, () => timeLimit.abort(timedOut(timeoutMs)))
      try {
        const bearer = await deps.open(AbortSignal.any([stop.signal, timeLimit.signal]))
        if (!stop.signal.aborted) return bearer
        bearer.close()
        throw closedHere()
      } catch (error) {
        if (stop.signal.aborted) throw closedHere()
        if (timeLimit.signal.aborted) throw timedOut(timeoutMs)
        if (!isDcpError(error, 'ETIMEDOUT')) throw error
        logger.debug('no transport yet', { attempts, reason: error.message })
      } finally {
        cancel()
      }
    }
  }

  /**
   * Uses one transport until it is lost; true when it carried a session. Throws when the server
   * must not be tried again.
   */
  async function live(bearer: Bearer, deadline: number): Promise<boolean> {
    let failure: DcpError | undefined
    let heard = false
    let cancelHandshake: CancelTimer | undefined
    // Half a session cannot be resumed; a whole one can.
    const resumed = current !== undefined && current.ended === undefined
    const used = resumed && current !== undefined ? current : begin()
    current = used
    await new Promise<void>((lostTransport) => {
      const framing = createFraming(bearer, {
        message: (text) => {
          try {
            const { owner, bodyText, body } = openSealed(text, crypto)
            failure = checkPeer(owner)
            if (failure !== undefined) return framing.close()
            heard = true
            cancelHandshake?.()
            used.core.receive(bodyText, body)
          } catch (error) {
            if (!isDcpError(error)) throw error
            logger.warn('the server sent a message that cannot be read', { reason: error.message })
            framing.close()
          }
        },
        broken: (error) => used.core.fail(error),
        remark: (text) => logger.debug('the server remarks', { text }),
        closed: () => lostTransport(),
      })
      transport = framing
      framing.trust()
      // A server that takes connections but never answers is none.
      cancelHandshake = clock.setTimer(deadline - clock.monotonic(), () => framing.close(), {
        background: true,
      })
      used.core.attach((text) => framing.send(text))
      if (!resumed) used.core.connect(random.token(21))
    })
    cancelHandshake?.()
    transport = undefined
    used.core.detach()
    if (used.core.phase === 'handshake') used.core.end(new DcpError('ETIMEDOUT', 'no handshake'))
    if (failure !== undefined) throw failure
    const { ended } = used
    if (ended !== undefined) {
      current = undefined
      if (isDcpError(ended, 'EVERSION') || isDcpError(ended, 'EDCPSID')) throw ended
    }
    return heard
  }

  function checkPeer(owner: Address): DcpError | undefined {
    peer ??= owner
    if (peer === owner) return undefined
    return new DcpError(
      'EADDRCHANGE',
      `the server is ${owner}, it was ${peer} before: connect anew if you trust the change`,
      { details: { expected: peer, actual: owner } },
    )
  }

  function timedOut(timeoutMs: number): DcpError {
    return new DcpError('ETIMEDOUT', `no connection to the server within ${timeoutMs / 1000} s`)
  }

  function closedHere(): DcpError {
    return new DcpError('EPIPE', 'the connection was closed here')
  }

  async function closeAll(): Promise<void> {
    closed = true
    rejectAll(closedHere())
    current?.core.leave('EPIPE')
    stop.abort(closedHere())
    await loop
  }

  const connection: Connection = {
    identity: identity.address,
    get peer() {
      return hadSession ? peer : undefined
    },
    request: async (operation, data, requestOptions) => {
      const [request] = submit([{ ...requestOptions, operation, data }])
      return await request?.promise
    },
    batch: async (requests) =>
      await Promise.allSettled(submit(requests).map(async ({ promise }) => await promise)),
    onServerRequest(newHandler) {
      handler = newHandler
    },
    onSession(listener) {
      sessionListeners.add(listener)
    },
    session: async (signal) =>
      await new Promise((resolve, reject) => {
        signal?.throwIfAborted()
        if (closed) throw closedHere()
        if (current?.core.phase === 'open' && current.core.dcpsid !== undefined) {
          return resolve(current.core.dcpsid)
        }
        const onAbort = (): void => {
          sessionWaiters.delete(waiter)
          reject(signal?.reason as Error)
        }
        const settled = (): void => signal?.removeEventListener('abort', onAbort)
        const waiter = {
          resolve: (dcpsid: string): void => (settled(), resolve(dcpsid)),
          reject: (why: unknown): void => (settled(), reject(why as Error)),
        }
        sessionWaiters.add(waiter)
        signal?.addEventListener('abort', onAbort)
        start()
      }),
    close: async () => await (closing ??= closeAll()),
    [Symbol.asyncDispose]: async () => await connection.close(),
  }
  return connection
}
