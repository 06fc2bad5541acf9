/** Opens socket.io transports to a location, as the official client does. */
import { DcpError } from '@manyhands/protocol'
import { io, type Socket } from 'socket.io-client'

import type { Bearer, OpenBearer } from '../bearer.ts'
import { createInbox } from '../inbox.ts'
import { QuickTransport } from './quick-socket.ts'
import { socketPath } from './service-paths.ts'

/** HTTP statuses after which a location is not tried again (wire-protocol §4.7). */
const permanent: ReadonlySet<number> = new Set([
  400, 401, 403, 404, 405, 406, 407, 409, 410, 501, 505,
])

export interface SocketOptions {
  /** In the order of preference; a websocket alone by default. */
  readonly transports?: readonly ('websocket' | 'polling')[]
}

/** `location` is a service's URL; its path ends in `/`. */
export function connectLocation(location: URL | string, options: SocketOptions = {}): OpenBearer {
  const { origin, pathname } = new URL(location)
  const path = `${pathname.endsWith('/') ? pathname : `${pathname}/`}${socketPath}`
  return async (signal) =>
    await new Promise<Bearer>((resolve, reject) => {
      signal.throwIfAborted()
      const socket = io(origin, {
        path,
        transports: options.transports === undefined ? [QuickTransport] : [...options.transports],
        forceNew: true,
        multiplex: false,
        reconnection: false,
      })
      const onAbort = (): void => {
        settle()
        socket.disconnect()
        reject(signal.reason as Error)
      }
      const onError = (error: Error): void => {
        settle()
        socket.disconnect()
        reject(classified(error, `${origin}${pathname}`))
      }
      // A link that is lost after its own handshake and before socket.io's is no error to socket.io.
      const onLost = (reason: string): void => onError(new Error(reason))
      function settle(): void {
        signal.removeEventListener('abort', onAbort)
        socket.off('connect_error', onError)
        socket.off('disconnect', onLost)
      }
      signal.addEventListener('abort', onAbort, { once: true })
      const bearer = bearerOf(socket)
      socket.once('connect', () => {
        settle()
        resolve(bearer)
      })
      socket.once('connect_error', onError)
      socket.once('disconnect', onLost)
    })
}

function classified(error: Error, location: string): DcpError {
  const status = statusOf(error)
  if (status !== undefined && permanent.has(status)) {
    return new DcpError(
      'EINVAL',
      `${location} answered with HTTP status ${status}: is this the address of a scheduler?`,
      { details: { status }, cause: error },
    )
  }
  return new DcpError('ETIMEDOUT', `${location} cannot be reached: ${reasonOf(error)}`, {
    cause: error,
  })
}

/** What the system said, `connect ECONNREFUSED …`; the error itself only names the transport. */
function reasonOf(error: Error): string {
  const { description } = error as { description?: unknown }
  if (typeof description !== 'object' || description === null) return error.message
  const { message, error: cause } = description as { message?: unknown; error?: unknown }
  if (typeof message === 'string' && message !== '') return message
  // A name with several addresses fails with one error for all of them, which has no message.
  const code = (cause as { code?: unknown } | undefined)?.code
  return typeof code === 'string' ? code : error.message
}

/** The status is in what `ws` says, or in what the polling transport describes. */
function statusOf(error: Error): number | undefined {
  const { description } = error as { description?: unknown }
  if (typeof description === 'number') return description
  const message = reasonOf(error)
  const match = /server response: (\d{3})/.exec(message)
  return match === null ? undefined : Number(match[1])
}

function bearerOf(socket: Socket): Bearer {
  const inbox = createInbox()
  // Listened to from the start: the server announces itself before anybody can ask for it.
  socket.on('message', (text: unknown) => {
    if (typeof text === 'string') inbox.message(text)
  })
  socket.on('disconnect', inbox.closed)
  return {
    send(text) {
      if (socket.connected) socket.send(text)
    },
    receive: inbox.receive,
    close() {
      socket.disconnect()
    },
  }
}
