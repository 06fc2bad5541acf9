/**
 * The client side: one loop that opens a transport, begins or resumes a session on it, and starts
 * over when the transport or the session is lost. Requests wait while there is no session.
 */
import { type Address, DcpError, isDcpError } from '@manyhands/protocol'

import type { Bearer } from '../bearer.ts'
import type { Connection, OutgoingRequest, ServerRequestHandler } from '../connection.ts'
import { errorPayload } from '../message/error-payload.ts'
import { createFraming, type Framing } from '../framing/framing.ts'
import { times } from '../limits.ts'
import { openSealed } from '../message/sealed-message.ts'
import { createSession } from '../session/create-session.ts'
import type { ReceivedRequest, Session } from '../session/session.ts'
import type { ConnectionDeps, ConnectionOptions } from './connection-options.ts'
import { createOpener } from './opener.ts'
import { createPendingQueue, type PendingUnit } from './pending-queue.ts'
import { createPendingRequest, type PendingRequest } from './pending-request.ts'
import { createServerClock } from './server-clock.ts'
import { createSessionWaiters } from './session-waiters.ts'

/** A session, and why it is over once it is. */
interface Current {
  readonly core: Session
  ended?: DcpError
}

/** Connects when the first request is made, or when a session is asked for. */
export function createConnection(options: ConnectionOptions, deps: ConnectionDeps): Connection {
  const { identity } = options
  const { crypto, clock, random, logger } = deps
  const connectTimeoutMs = options.connectTimeoutMs ?? times.connectTimeout
  const reconnectTimeoutMs = options.reconnectTimeoutMs ?? times.reconnectTimeout
  const stop = new AbortController()
  const opener = createOpener({ ...deps, stop: stop.signal })
  const pending = createPendingQueue()
  const waiters = createSessionWaiters()
  const sessionListeners = new Set<(dcpsid: string) => void>()
  let handler: ServerRequestHandler | undefined
  let peer = options.expectedPeer
  let current: Current | undefined
  let transport: Framing | undefined
  let loop: Promise<void> | undefined
  let hadSession = false
  let closing: Promise<void> | undefined
  let messageIds = 0

  const { now, hear } = createServerClock(clock)
  const nextId = (): string => {
    messageIds += 1
    return `1-${messageIds}-${random.token(21)}`
  }

  // ---- requests

  function submit(calls: readonly OutgoingRequest[]): PendingUnit {
    stop.signal.throwIfAborted()
    pending.checkRoom(calls.length)
    const parts = { identity, random, now, nextId, answered, lost, aborted }
    const unit = calls.map((call) => createPendingRequest(call, parts))
    if (unit.every(({ settled }) => settled)) return unit
    if (current?.core.phase === 'open') send(current.core, unit)
    else pending.add(unit)
    start()
    return unit
  }

  function send(core: Session, unit: PendingUnit): void {
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
    opener.reset()
  }

  function lost(request: PendingRequest, reason: DcpError): void {
    if (request.settled) return
    if (request.idempotent && !stop.signal.aborted) pending.add([request])
    else request.reject(reason)
  }

  function aborted(request: PendingRequest): void {
    current?.core.forget(request.id)
    pending.remove(request)
  }

  function rejectAll(reason: DcpError): void {
    for (const request of pending.takeAll().flat()) request.reject(reason)
    waiters.reject(reason)
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
    const { closeTimeoutMs = times.closeTimeout, maxRttMs = times.maxRtt } = options
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
        maxRttMs,
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
        heardTime: hear,
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
    for (const unit of pending.takeAll()) send(core, unit)
    waiters.resolve(dcpsid)
    for (const listener of sessionListeners) {
      try {
        listener(dcpsid)
      } catch (error) {
        logger.error('a listener for sessions failed', { error })
      }
    }
  }

  // ---- the loop

  function start(): void {
    if (loop !== undefined || stop.signal.aborted) return
    loop = run().finally(() => {
      loop = undefined
      // A request may have come while the last attempt was given up.
      if (pending.size > 0 || waiters.size > 0) start()
    })
  }

  async function run(): Promise<void> {
    let deadline: number | undefined
    while (!stop.signal.aborted) {
      const timeoutMs = hadSession ? reconnectTimeoutMs : connectTimeoutMs
      deadline ??= clock.monotonic() + timeoutMs
      try {
        const bearer = await opener.open(deadline, timeoutMs)
        if (await carry(bearer, deadline)) deadline = undefined
      } catch (error) {
        return giveUp(error)
      }
    }
  }

  function giveUp(error: unknown): void {
    const reason = isDcpError(error)
      ? error
      : new DcpError('ETIMEDOUT', 'the transport failed', { cause: error })
    if (!stop.signal.aborted) {
      logger.warn('the connection was given up', { code: reason.code, reason: reason.message })
    }
    const abandoned = current
    current = undefined
    opener.reset()
    abandoned?.core.end(reason)
    rejectAll(reason)
  }

  /**
   * Uses one transport until it is lost; true when it carried a whole session. Throws when the
   * server must not be tried again.
   */
  async function carry(bearer: Bearer, deadline: number): Promise<boolean> {
    // A session that is over cannot be resumed, nor can one whose handshake did not end.
    const resumed = current?.ended === undefined ? current : undefined
    const used = resumed ?? begin()
    current = used
    let heard = false
    let refusal: DcpError | undefined
    await new Promise<void>((gone) => {
      const framing = createFraming(bearer, {
        message: (text) => {
          try {
            const { owner, bodyText, body } = openSealed(text, crypto)
            refusal = checkPeer(owner)
            if (refusal !== undefined) return framing.close()
            heard = true
            used.core.receive(bodyText, body)
          } catch (error) {
            if (!isDcpError(error)) throw error
            logger.warn('the server sent a message that cannot be read', { reason: error.message })
            framing.close()
          }
        },
        broken: (error) => used.core.fail(error),
        remark: (text) => logger.debug('the server remarks', { text }),
        closed: () => {
          cancelSilence()
          gone()
        },
      })
      // A server that takes connections but never says anything is none.
      const cancelSilence = clock.setTimer(deadline - clock.monotonic(), () => {
        if (!heard) framing.close()
      })
      transport = framing
      framing.trust()
      used.core.attach((text) => framing.send(text))
      if (resumed === undefined) used.core.connect(random.token(21))
    })
    transport = undefined
    used.core.detach()
    if (used.core.phase === 'handshake') {
      used.core.end(new DcpError('ETIMEDOUT', 'the transport was lost during the handshake'))
    }
    if (refusal !== undefined) throw refusal
    if (isDcpError(used.ended, 'EVERSION') || isDcpError(used.ended, 'EDCPSID')) throw used.ended
    // A server that said goodbye is there, and perhaps only new: how long it was away counts no more.
    if (isDcpError(used.ended, 'ECONNRESET')) opener.ease()
    return heard && used.core.dcpsid !== undefined
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

  async function closeAll(): Promise<void> {
    const reason = new DcpError('EPIPE', 'the connection was closed here')
    stop.abort(reason)
    rejectAll(reason)
    current?.core.leave('EPIPE')
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
    session: async (signal) => {
      stop.signal.throwIfAborted()
      const { phase, dcpsid } = current?.core ?? {}
      if (phase === 'open' && dcpsid !== undefined) return dcpsid
      const session = waiters.wait(signal)
      start()
      return await session
    },
    close: async () => await (closing ??= closeAll()),
    [Symbol.asyncDispose]: async () => await connection.close(),
  }
  return connection
}
