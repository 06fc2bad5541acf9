// One conformance suite for both transports: sockets of socket.io on the loopback, and memory.
import { createHash } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

import { afterEach, assert, describe, expect, test, vi } from 'vitest'

import {
  type Connection,
  createConnection,
  createEndpoint,
  createMemoryNetwork,
  type Endpoint,
  type IncomingRequest,
  type OpenBearer,
} from '@manyhands/connection'
import { type Attachment, attachEndpoint, connectLocation } from '@manyhands/connection/node'
import { silentLogger, systemClock, systemRandom } from '@manyhands/protocol'
import { createSigner, generatePrivateKey } from '@manyhands/wallet'
import { loadCrypto } from '@manyhands/wallet/node'

import { echo } from './_lab.ts'

const crypto = await loadCrypto()
const key = (): ReturnType<typeof createSigner> =>
  createSigner(generatePrivateKey(systemRandom), crypto)
const deps = { crypto, clock: systemClock, random: systemRandom, logger: silentLogger }

interface Net {
  readonly endpoint: Endpoint
  readonly seen: IncomingRequest[]
  /** Links there were so far. */
  readonly accepted: () => number
  open(service: string): OpenBearer
  /** Breaks every link. */
  cut(): void
  close(): Promise<void>
}

function createNetEndpoint(): Pick<Net, 'endpoint' | 'seen' | 'accepted'> {
  const seen: IncomingRequest[] = []
  let accepted = 0
  const plain = createEndpoint(
    { identity: key() },
    {
      ...deps,
      dispatch: async (request) => {
        seen.push(request)
        return await echo(request)
      },
    },
  )
  const endpoint: Endpoint = {
    ...plain,
    accept(bearer, service) {
      accepted += 1
      plain.accept(bearer, service)
    },
  }
  return { endpoint, seen, accepted: () => accepted }
}

async function createSocketNet(): Promise<Net> {
  const { endpoint, seen, accepted } = createNetEndpoint()
  const server = createServer((_request, response) => response.end('other'))
  const attachment = attachEndpoint(server, {
    endpoint,
    locations: { '/dcp/': 'dcp', '/job-submit/': 'jobSubmit' },
  })
  // The server itself forgets sockets that were upgraded.
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await listening(server)
  const { port } = server.address() as AddressInfo
  return {
    endpoint,
    seen,
    accepted,
    open: (service) => connectLocation(`http://127.0.0.1:${port}/${service}/`),
    cut: () => {
      for (const socket of sockets) socket.destroy()
    },
    close: async () => await closeServer(endpoint, attachment, server),
  }
}

async function closeServer(
  endpoint: Endpoint,
  attachment: Attachment,
  server: Server,
): Promise<void> {
  await endpoint.close()
  await attachment.close()
  server.closeAllConnections()
  await new Promise((resolve) => {
    server.close(resolve)
  })
}

async function listening(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
}

async function createMemoryNet(): Promise<Net> {
  const { endpoint, seen, accepted } = createNetEndpoint()
  const network = createMemoryNetwork({ clock: systemClock })
  network.listen('dcp', (bearer) => endpoint.accept(bearer, 'dcp'))
  network.listen('job-submit', (bearer) => endpoint.accept(bearer, 'jobSubmit'))
  return await Promise.resolve({
    endpoint,
    seen,
    accepted,
    open: (service) => network.connector(service),
    cut: () => {
      for (const link of network.links()) link.cut()
    },
    close: async () => await endpoint.close(),
  })
}

const opened: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close()
})

describe.each([
  ['socket.io', createSocketNet],
  ['memory', createMemoryNet],
])('%s', (_name, createNet) => {
  async function start(): Promise<Net> {
    const net = await createNet()
    opened.push(async () => await net.close())
    return net
  }

  function connect(net: Net, service = 'dcp'): Connection {
    const connection = createConnection({ identity: key() }, { ...deps, open: net.open(service) })
    opened.push(async () => await connection.close())
    return connection
  }

  test('carries requests of every size and alphabet', async () => {
    const net = await start()
    const connection = connect(net)
    const every = 'é\u2028😀"\\\u0000'
    const bytes = String.fromCharCode(...Array.from({ length: 256 }, (_, code) => code))
    const long = ['x', every, bytes].map((text) => text.repeat(300_000 / text.length))
    for (const data of [0, every, ...long, { list: [1, null, 'two'] }]) {
      expect(await connection.request('echo', data)).toEqual({ echo: data })
    }
  })

  test('carries a message that needs fragments, in both directions', async () => {
    const connection = connect(await start())
    const data = 'abcdefghij'.repeat(1_700_000)
    expect(await connection.request('echo', data)).toEqual({ echo: data })
  })

  test('knows the service a connection was made to', async () => {
    const net = await start()
    await connect(net, 'job-submit').request('echo', 1)
    await connect(net, 'dcp').request('echo', 1)
    expect(net.seen.map(({ service }) => service)).toEqual(['jobSubmit', 'dcp'])
  })

  test('carries many requests of many clients at once, each to its own answer', async () => {
    const net = await start()
    const connections = Array.from({ length: 8 }, () => connect(net))
    await Promise.all(
      connections.map(async (connection, client) => {
        const answers = await Promise.all(
          Array.from({ length: 50 }, async (_, n) => await connection.request('echo', [client, n])),
        )
        expect(answers).toEqual(Array.from({ length: 50 }, (_, n) => ({ echo: [client, n] })))
      }),
    )
    expect(net.endpoint.sessions.size).toBe(8)
  })

  test('carries what the server asks', async () => {
    const net = await start()
    const connection = connect(net)
    connection.onServerRequest((operation, data) => ({ operation, data }))
    await connection.request('echo', 1)
    const [session] = net.endpoint.sessions.values()
    assert(session !== undefined)
    expect(await session.request('event', 7)).toEqual({
      success: true,
      payload: { operation: 'event', data: 7 },
    })
  })

  test('resumes the session on another link when one breaks', async () => {
    const net = await start()
    const connection = connect(net)
    const sessions: string[] = []
    connection.onSession((dcpsid) => void sessions.push(dcpsid))
    await connection.session()
    for (let n = 0; n < 3; n += 1) {
      const answer = connection.request('echo', n)
      net.cut()
      expect(await answer).toEqual({ echo: n })
      await vi.waitFor(() => expect(net.accepted()).toBe(n + 2))
    }
    expect(sessions).toHaveLength(1)
    expect(net.seen.map(({ data }) => data)).toEqual([0, 1, 2])
  })

  test('closes in order, from either end, and leaves nothing', async () => {
    const net = await start()
    const first = connect(net)
    const second = connect(net)
    await Promise.all([first.request('echo', 1), second.request('echo', 2)])
    await first.close()
    await vi.waitFor(() => expect(net.endpoint.sessions.size).toBe(1))
    await net.endpoint.close()
    expect(net.endpoint.load()).toMatchObject({ transports: 0, queued: 0, partials: 0 })
    expect(net.endpoint.sessions.size).toBe(0)
  })
})

describe('socket.io alone', () => {
  interface Served {
    readonly url: string
    readonly server: Server
    readonly attachment: Attachment
    readonly seen: readonly IncomingRequest[]
  }

  async function serve(): Promise<Served> {
    const { endpoint, seen } = createNetEndpoint()
    const server = createServer((request, response) => response.end(`page ${request.url}`))
    const attachment = attachEndpoint(server, { endpoint, locations: { '/dcp/': 'dcp' } })
    await listening(server)
    opened.push(async () => await closeServer(endpoint, attachment, server))
    const { port } = server.address() as AddressInfo
    return { url: `http://127.0.0.1:${port}`, server, attachment, seen }
  }

  test('long polling alone carries a conversation, and says what program asks', async () => {
    const { url, seen } = await serve()
    const open = connectLocation(`${url}/dcp/`, { transports: ['polling'] })
    const connection = createConnection({ identity: key() }, { ...deps, open })
    expect(await connection.request('echo', 1)).toEqual({ echo: 1 })
    expect(seen[0]?.session.userAgent).toBe('node-XMLHttpRequest')
    await connection.close()
  })

  test('the path of dcp-client 4, without a suffix, is served too', async () => {
    const { url } = await serve()
    for (const path of ['/dcp/', '/dcp/dcp5/socketio/']) {
      const response = await fetch(`${url}${path}?EIO=4&transport=polling`)
      expect(response.status).toBe(200)
      expect(response.headers.get('access-control-allow-origin')).toBe('*')
      const packet = JSON.parse((await response.text()).slice(1)) as Record<string, unknown>
      expect(packet).toMatchObject({ pingInterval: 10_100, pingTimeout: 60_010 })
    }
  })

  test('other requests go to the program that had the server before', async () => {
    const { url, attachment } = await serve()
    expect(await (await fetch(`${url}/dcp/`)).text()).toBe('page /dcp/')
    expect(await (await fetch(`${url}/other/?EIO=4`)).text()).toBe('page /other/?EIO=4')
    await attachment.close()
    expect(await (await fetch(`${url}/dcp/?EIO=4`)).text()).toBe('page /dcp/?EIO=4')
  })

  test('a server that dies during the handshake is found out at once', async () => {
    const dying = createServer()
    let upgrades = 0
    dying.on('upgrade', ({ headers }, socket) => {
      upgrades += 1
      const magic = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
      const accept = createHash('sha1').update(`${headers['sec-websocket-key']}${magic}`)
      const open = '0{"sid":"1","upgrades":[],"pingInterval":9000,"pingTimeout":9000}'
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
          `Sec-WebSocket-Accept: ${accept.digest('base64')}\r\n\r\n` +
          `\x81${String.fromCharCode(open.length)}${open}`,
        'latin1',
        () => socket.destroy(),
      )
    })
    await listening(dying)
    const { port } = dying.address() as AddressInfo
    const open = connectLocation(`http://127.0.0.1:${port}/dcp/`)
    await expect(open(AbortSignal.timeout(20_000))).rejects.toMatchObject({ code: 'ETIMEDOUT' })
    expect(upgrades).toBe(1)
    await new Promise((resolve) => dying.close(resolve))
  })

  test('a location that is not served is an error at once, an unreachable one in time', async () => {
    const { url } = await serve()
    const wrong = createConnection(
      { identity: key() },
      { ...deps, open: connectLocation(`${url}/wrong/`) },
    )
    await expect(wrong.request('echo', 1)).rejects.toMatchObject({
      code: 'EINVAL',
      details: { status: 404 },
    })
    const nobody = createConnection(
      { identity: key(), connectTimeoutMs: 500 },
      { ...deps, open: connectLocation('http://127.0.0.1:9/dcp/') },
    )
    await expect(nobody.request('echo', 1)).rejects.toMatchObject({
      code: 'ETIMEDOUT',
      message: expect.stringMatching(/within 0.5 s: .*127\.0\.0\.1:9.*ECONNREFUSED/),
    })
  })
})
