/**
 * Serves socket.io for many locations by one engine: the official packages of both generations mount
 * at different paths below a location, which a socket.io server per path cannot tell apart.
 */
import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

import { Server as Engine } from 'engine.io'
import { Server as SocketServer, type Socket } from 'socket.io'

import { pingIntervalMs } from '../framing/announcement.ts'
import type { Bearer } from '../bearer.ts'
import type { Endpoint } from '../endpoint.ts'
import { limits } from '../limits.ts'
import { QuickSocketServer } from './quick-socket.ts'
import { type Locations, serviceFor } from './service-paths.ts'

export interface AttachOptions {
  readonly endpoint: Pick<Endpoint, 'accept'>
  readonly locations: Locations
}

export interface Attachment extends AsyncDisposable {
  /** Disconnects every transport and hands the server back as it was. Idempotent. */
  close(): Promise<void>
}

const pingTimeoutMs = 60_010

/**
 * Makes an HTTP server serve socket.io at the locations; all other requests go to the listeners it
 * had before. Closing the endpoint first lets the peers say goodbye.
 */
export function attachEndpoint(server: HttpServer, options: AttachOptions): Attachment {
  const { endpoint, locations } = options
  const engine = new Engine({
    pingInterval: pingIntervalMs,
    pingTimeout: pingTimeoutMs,
    maxHttpBufferSize: limits.packetBytes,
    perMessageDeflate: false,
    wsEngine: QuickSocketServer,
    httpCompression: false,
    cors: { origin: '*', methods: ['GET', 'POST'] },
  })
  const sockets = new SocketServer()
  // The engine is the newer of the two packages' own; socket.io types only its own copy.
  sockets.bind(engine)
  sockets.on('connection', (socket) => {
    const service = serviceFor(socket.request.url, locations)
    if (service === undefined) socket.disconnect(true)
    else endpoint.accept(bearerOf(socket), service)
  })

  const earlier = server.listeners('request')
  server.removeAllListeners('request')
  function onRequest(request: IncomingMessage, response: ServerResponse): void {
    if (serviceFor(request.url, locations) !== undefined) {
      // What the engine's own types call an IncomingMessage has members it adds itself.
      engine.handleRequest(request as Parameters<Engine['handleRequest']>[0], response)
      return
    }
    for (const listener of earlier) listener.call(server, request, response)
  }
  function onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (serviceFor(request.url, locations) !== undefined) {
      engine.handleUpgrade(request as Parameters<Engine['handleUpgrade']>[0], socket, head)
    } else if (server.listenerCount('upgrade') === 1) {
      socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n')
    }
  }
  server.on('request', onRequest)
  server.on('upgrade', onUpgrade)

  let closing: Promise<void> | undefined
  async function close(): Promise<void> {
    server.off('request', onRequest)
    server.off('upgrade', onUpgrade)
    for (const listener of earlier) server.on('request', listener as () => void)
    await sockets.close()
  }
  const attachment: Attachment = {
    close: async () => await (closing ??= close()),
    [Symbol.asyncDispose]: async () => await attachment.close(),
  }
  return attachment
}

function bearerOf(socket: Socket): Bearer {
  return {
    host: socket.request.headers.host,
    userAgent: socket.request.headers['user-agent'],
    send(text) {
      socket.send(text)
    },
    receive({ message, closed }) {
      socket.on('message', (text: unknown) => {
        // Anything but text is to be ignored (wire-protocol §4.2).
        if (typeof text === 'string') message(text)
      })
      socket.on('disconnect', closed)
    },
    close() {
      socket.disconnect(true)
    },
  }
}
