/**
 * A daemon's HTTP server: bound to loopback unless told, answering its routes, and giving its sockets
 * up when it is closed. What is not HTTP (websockets) attaches to `server` itself.
 */
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

import { type Clock, DcpError, type Logger, type Random } from '@manyhands/protocol'

import { errorResponse } from './http-error.ts'
import {
  type FoundRoute,
  type HttpRequest,
  type HttpResponse,
  type Route,
  jsonResponse,
  routeTable,
} from './http-route.ts'
import { limits } from '../limits.ts'
import { isFromThisMachine, plainAddress } from './from-this-machine.ts'
import {
  type ServerAddress,
  originOf,
  ownOrigin,
  publishedOrigin,
  requestOrigin,
  signedOrigin,
} from './request-origin.ts'

export interface HttpServerOptions {
  /** `127.0.0.1` when missing; `0.0.0.0` and `::` are all addresses of this machine. */
  readonly host?: string
  /** 0, the default, is any free one. */
  readonly port?: number
  /** Where a proxy or a name stands before it: `https://dcp.example`. */
  readonly publicOrigin?: string
  readonly routes: readonly Route[]
}

export interface HttpServerDeps {
  readonly logger: Logger
  readonly clock: Clock
  readonly random: Random
}

export interface HttpServer extends AsyncDisposable {
  /** For what attaches to it: it is made at once, and listens after `start`. */
  readonly server: Server
  /** The origin for the world, without a slash at its end. Known after `start`. */
  readonly origin: string
  /** The origin for programs on this machine. */
  readonly localOrigin: string
  readonly port: number
  /** The origin for who came by this Host header: its own where that names us, else `origin`. */
  originFor(host: string | undefined): string
  /** Throws EADDRINUSE or EPERM naming the port, EBADARG naming the host. */
  start(): Promise<void>
  /** Lets running answers end for two seconds, then ends every socket. Idempotent. */
  close(): Promise<void>
}

const corsHeaders = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, POST, PUT, DELETE, OPTIONS',
  'access-control-allow-headers': 'content-type, cache-control',
  'access-control-max-age': '86400',
} as const

async function readBody(message: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBytes) {
      throw new DcpError('ETOOBIG', `the body of this request has more than ${maxBytes} bytes`, {
        details: { limit: maxBytes },
      })
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function bindingError(error: NodeJS.ErrnoException, host: string, port: number): unknown {
  const options = { cause: error, details: { host, port } }
  const choose = 'choose another one with --port (0 = any free one)'
  switch (error.code ?? '') {
    case 'EADDRINUSE':
      return new DcpError(
        'EADDRINUSE',
        `port ${port} on ${host} is taken by another program: stop that one, or ${choose}`,
        options,
      )
    case 'EACCES':
      return new DcpError('EPERM', `this user may not use port ${port}: ${choose}`, options)
    case 'EADDRNOTAVAIL':
    case 'EAI_AGAIN':
    case 'ENOTFOUND':
      return new DcpError(
        'EBADARG',
        `the host ${host} is not an address of this machine: choose one of those with --host ` +
          '(0.0.0.0 = all of them)',
        options,
      )
    default:
      return error
  }
}

function bytesOf(body: string | Uint8Array): Uint8Array {
  return typeof body === 'string' ? Buffer.from(body) : body
}

async function send(
  response: ServerResponse,
  { status = 200, headers = {}, body = '' }: HttpResponse,
  withBody: boolean,
): Promise<void> {
  if (typeof body === 'string' || body instanceof Uint8Array) {
    const bytes = bytesOf(body)
    response.writeHead(status, { ...headers, 'content-length': bytes.length })
    response.end(withBody ? bytes : undefined)
    return
  }
  response.writeHead(status, headers)
  // Also ends the stream when the client goes away.
  if (withBody) await pipeline(body, response)
  else {
    body.destroy()
    response.end()
  }
}

function destroyStream(body: HttpResponse['body']): void {
  if (typeof body === 'object' && !(body instanceof Uint8Array)) (body as Readable).destroy()
}

function isAllowed({ methods = ['GET'] }: Route, method: string): boolean {
  const asked = method === 'HEAD' ? 'GET' : method
  return methods.some((allowed) => allowed === asked)
}

function refusal(found: FoundRoute | undefined, path: string): HttpResponse {
  if (found === undefined) {
    const message = `there is nothing at ${path.slice(0, 200)}`
    return jsonResponse({ success: false, error: { code: 'ENOENT', message } }, 404)
  }
  const allow = (found.route.methods ?? ['GET']).join(', ')
  const message = `only ${allow} is answered here`
  const response = jsonResponse({ success: false, error: { code: 'EINVAL', message } }, 405)
  return { ...response, headers: { ...response.headers, allow } }
}

/** Ends every socket of a server, those of websockets included, which Node forgets about. */
function trackSockets(server: Server): () => void {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return () => {
    for (const socket of sockets) socket.destroy()
  }
}

export function createHttpServer(options: HttpServerOptions, deps: HttpServerDeps): HttpServer {
  const { host = '127.0.0.1', routes, publicOrigin } = options
  const { logger, clock } = deps
  const find = routeTable(routes)
  const server = createServer((message, response) => void answer(message, response))
  server.maxConnections = limits.httpConnectionsMax
  const endSockets = trackSockets(server)
  let port = options.port ?? 0
  let closing: Promise<void> | undefined

  function address(): ServerAddress {
    return { host, port, ...(publicOrigin === undefined ? {} : { publicOrigin }) }
  }

  async function respond(message: IncomingMessage, signal: AbortSignal): Promise<HttpResponse> {
    const [target = '/', query = ''] = (message.url ?? '/').split('?', 2)
    // The Python client puts `/etc/…` after a location that ends in a slash.
    const path = target.replace(/^\/{2,}/, '/')
    const method = message.method ?? 'GET'
    const found = find(path)
    const cors = found?.route.anyOrigin === true ? corsHeaders : {}
    if (method === 'OPTIONS' && found !== undefined) return { status: 204, headers: cors }
    if (found === undefined || !isAllowed(found.route, method)) return refusal(found, path)
    const { socket, headers } = message
    const local = plainAddress(socket.localAddress)
    const remote = plainAddress(socket.remoteAddress)
    const request: HttpRequest = {
      method,
      path,
      rest: found.rest,
      query: new URLSearchParams(query),
      headers,
      origin: publishedOrigin(headers.host, address()),
      signedOrigin: signedOrigin(headers.host, address(), local),
      isFromThisMachine: isFromThisMachine(headers, { local, remote }, address()),
      signal,
      body: (maxBytes = limits.httpBodyBytes) => readBody(message, maxBytes),
    }
    let answered: HttpResponse
    try {
      answered = await found.route.handle(request)
    } catch (error) {
      answered = errorResponse(error, deps)
    }
    return { ...answered, headers: { ...cors, ...answered.headers } }
  }

  async function answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    // The rest of a body nobody read would be taken for the next request.
    response.once('finish', () => message.resume())
    try {
      const answered = await respond(message, gone.signal)
      if (response.destroyed) {
        destroyStream(answered.body)
        return
      }
      await send(response, answered, message.method !== 'HEAD')
    } catch (error) {
      if (!gone.signal.aborted) logger.warn('an answer broke off', { path: message.url, error })
      response.destroy()
    }
  }

  function listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      const onError = (error: Error): void => reject(bindingError(error, host, port))
      server.once('error', onError)
      server.listen(port, host, () => {
        server.off('error', onError)
        port = (server.address() as AddressInfo).port
        resolve()
      })
    })
  }

  async function shut(): Promise<void> {
    const ended = new Promise<void>((resolve) => server.close(() => resolve()))
    server.closeIdleConnections()
    const cancel = clock.setTimer(limits.httpCloseMs, endSockets)
    await ended
    cancel()
  }

  return {
    server,
    get origin() {
      return ownOrigin(address())
    },
    get localOrigin() {
      return originOf(host, port)
    },
    get port() {
      return port
    },
    originFor: (name) => requestOrigin(name, address()),
    start: listen,
    close: () => (closing ??= shut()),
    [Symbol.asyncDispose]: () => (closing ??= shut()),
  }
}
