import { once } from 'node:events'
import { Agent, type IncomingMessage, request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { json } from 'node:stream/consumers'

import { DcpError, type Logger, silentLogger, systemClock, systemRandom } from '@manyhands/protocol'
import { afterEach, describe, expect, it } from 'vitest'

import { type HttpServer, createHttpServer } from './http-server.ts'
import { type Route, jsonResponse } from './http-route.ts'
import { createMetrics } from '../metrics.ts'
import { operatorRoutes } from './operator-routes.ts'

const open: HttpServer[] = []

async function serve(routes: Route[], logger: Logger = silentLogger): Promise<HttpServer> {
  const deps = { logger, clock: systemClock, random: systemRandom }
  const server = createHttpServer({ routes }, deps)
  open.push(server)
  await server.start()
  return server
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()))
})

const hello: Route = { path: '/hello', handle: ({ method }) => ({ body: `${method} hello` }) }

describe('an HTTP server', () => {
  it('listens on loopback, on a free port', async () => {
    const server = await serve([hello])
    expect(server.origin).toBe(`http://127.0.0.1:${server.port}`)
    expect(server.port).toBeGreaterThan(0)
    const answer = await fetch(`${server.origin}/hello`)
    expect(await answer.text()).toBe('GET hello')
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
  })

  it('knows on all addresses which way a request came', async () => {
    const server = createHttpServer(
      {
        host: '0.0.0.0',
        routes: [
          {
            path: '/way',
            handle: ({ origin, signedOrigin, isFromThisMachine }) =>
              jsonResponse({ origin, signedOrigin, isFromThisMachine }),
          },
        ],
      },
      { logger: silentLogger, clock: systemClock, random: systemRandom },
    )
    open.push(server)
    await server.start()
    async function wayOf(host: string): Promise<unknown> {
      const request = httpRequest(`${server.localOrigin}/way`, { headers: { host } })
      const answered = once(request.end(), 'response') as Promise<[IncomingMessage]>
      return json((await answered)[0])
    }
    const here = `http://127.0.0.1:${server.port}`
    const local = { origin: here, signedOrigin: here, isFromThisMachine: true }
    expect(await wayOf(`127.0.0.1:${server.port}`)).toEqual(local)
    const named = { origin: 'http://box.lan', signedOrigin: here, isFromThisMachine: false }
    expect(await wayOf('box.lan')).toEqual(named)
  })

  it('takes two slashes before a path for one', async () => {
    const { origin } = await serve([hello])
    expect(await (await fetch(`${origin}//hello`)).text()).toBe('GET hello')
  })

  it('chooses the exact path, then the longest beginning', async () => {
    const named = (path: string): Route => ({
      path,
      handle: ({ rest, query }) => ({ body: `${path} ${rest} ${query.toString()}` }),
    })
    const { origin } = await serve(['/a/*', '/a/b/*', '/a/b/c', '/'].map(named))
    async function get(path: string): Promise<string> {
      return (await fetch(origin + path)).text()
    }
    expect(await get('/')).toBe('/  ')
    expect(await get('/a/')).toBe('/a/*  ')
    expect(await get('/a/x%2fy?q=1&r')).toBe('/a/* x%2fy q=1&r=')
    expect(await get('/a/b/c')).toBe('/a/b/c  ')
    expect(await get('/a/b/cd')).toBe('/a/b/* cd ')
    expect((await fetch(`${origin}/nothing`)).status).toBe(404)
  })

  it('answers HEAD without a body, and refuses other methods', async () => {
    const { origin } = await serve([hello])
    const head = await fetch(`${origin}/hello`, { method: 'HEAD' })
    expect(head.headers.get('content-length')).toBe('10')
    expect(await head.text()).toBe('')
    const post = await fetch(`${origin}/hello`, { method: 'POST', body: 'x' })
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET'])
  })

  it('lets pages of any origin read only the routes that say so', async () => {
    const { origin } = await serve([hello, { ...hello, path: '/open', anyOrigin: true }])
    const preflight = await fetch(`${origin}/open`, { method: 'OPTIONS' })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-methods')).toContain('POST')
    expect((await fetch(`${origin}/open`)).headers.get('access-control-allow-origin')).toBe('*')
    const closed = await fetch(`${origin}/hello`, { method: 'OPTIONS' })
    expect(closed.headers.get('access-control-allow-origin')).toBeNull()
  })

  it('reads bodies up to a limit, and goes on with the connection', async () => {
    const echo: Route = {
      path: '/echo',
      methods: ['POST'],
      handle: async (request) => ({ body: await request.body(10) }),
    }
    const { origin } = await serve([echo])
    const post = (body: string): Promise<Response> =>
      fetch(`${origin}/echo`, { method: 'POST', body })
    expect(await (await post('0123456789')).text()).toBe('0123456789')
    const refused = await post('0123456789x')
    expect(refused.status).toBe(413)
    expect(await refused.json()).toMatchObject({ success: false, error: { code: 'ETOOBIG' } })
    expect(await (await post('again')).text()).toBe('again')
  })

  it('answers errors with their code, and defects with a correlation id alone', async () => {
    const logged: unknown[] = []
    const logger: Logger = { ...silentLogger, error: (_, fields) => logged.push(fields) }
    const failing = (path: string, error: unknown): Route => ({
      path,
      handle: () => Promise.reject(error),
    })
    const { origin } = await serve(
      [failing('/busy', new DcpError('EBUSY', 'later')), failing('/defect', new Error('secret'))],
      logger,
    )
    const busy = await fetch(`${origin}/busy`)
    expect([busy.status, await busy.json()]).toEqual([
      503,
      { success: false, error: { code: 'EBUSY', message: 'later' } },
    ])
    const defect = await fetch(`${origin}/defect`)
    const text = await defect.text()
    expect(defect.status).toBe(500)
    expect(text).not.toContain('secret')
    expect(logged).toEqual([
      { correlationId: JSON.parse(text).error.correlationId, error: new Error('secret') },
    ])
  })

  it('streams, and destroys the stream of a client that goes away', async () => {
    const endless = new Readable({
      read() {
        this.push(Buffer.alloc(65_536))
      },
    })
    const { port } = await serve([
      { path: '/short', handle: () => ({ body: Readable.from(['a', 'b']) }) },
      { path: '/endless', handle: () => ({ body: endless }) },
    ])
    const short = await fetch(`http://127.0.0.1:${port}/short`)
    expect(await short.text()).toBe('ab')
    const request = httpRequest({ port, path: '/endless', host: '127.0.0.1' })
    request.end()
    const [message] = (await once(request, 'response')) as [IncomingMessage]
    await once(message, 'data')
    const ended = new Promise((resolve) => endless.once('error', resolve))
    message.destroy()
    await ended
    expect(endless.destroyed).toBe(true)
  })

  it('says what to do when the port is taken', async () => {
    const { port } = await serve([])
    const deps = { logger: silentLogger, clock: systemClock, random: systemRandom }
    const second = createHttpServer({ routes: [], port }, deps)
    await expect(second.start()).rejects.toMatchObject({
      code: 'EADDRINUSE',
      message: `port ${port} on 127.0.0.1 is taken by another program: stop that one, or choose another one with --port (0 = any free one)`,
    })
  })

  it('says that a host is not one of this machine', async () => {
    const deps = { logger: silentLogger, clock: systemClock, random: systemRandom }
    const server = createHttpServer({ routes: [], host: '192.0.2.1' }, deps)
    await expect(server.start()).rejects.toMatchObject({ code: 'EBADARG' })
  })

  it('ends idle connections when it is closed', async () => {
    const server = await serve([hello])
    const agent = new Agent({ keepAlive: true })
    const request = httpRequest({ port: server.port, host: '127.0.0.1', path: '/hello', agent })
    request.end()
    const [message] = (await once(request, 'response')) as [IncomingMessage]
    message.resume()
    await once(message, 'end')
    await server.close()
    await server.close()
    agent.destroy()
    await expect(fetch(`${server.origin}/hello`)).rejects.toThrow('fetch failed')
  })

  it('ends sockets that were taken over from HTTP, after a while', async () => {
    let fire: () => void = () => undefined
    const clock = {
      ...systemClock,
      setTimer: (_ms: number, callback: () => void) => {
        fire = callback
        return () => undefined
      },
    }
    const deps = { logger: silentLogger, clock, random: systemRandom }
    const server = createHttpServer({ routes: [] }, deps)
    server.server.on('upgrade', (_, socket) => socket.write('HTTP/1.1 101 Go\r\n\r\n'))
    await server.start()
    const socket = connect(server.port, '127.0.0.1')
    socket.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n')
    await once(socket, 'data')
    const ended = once(socket, 'close')
    const closed = server.close()
    fire()
    await Promise.all([closed, ended])
    expect(socket.destroyed).toBe(true)
  })
})

describe('the routes for operators', () => {
  it('tell health, status and metrics', async () => {
    const metrics = createMetrics()
    metrics.counter('x_total', 'X.').add()
    let trouble: string | undefined
    const { origin } = await serve(
      operatorRoutes({ trouble: () => trouble, status: () => ({ jobs: 1 }), metrics }),
    )
    expect((await fetch(`${origin}/healthz`)).status).toBe(200)
    trouble = 'the disk is full'
    const sick = await fetch(`${origin}/healthz`)
    expect([sick.status, await sick.json()]).toEqual([503, { ok: false, trouble }])
    const status = await fetch(`${origin}/status`)
    expect(status.headers.get('content-type')).toBe('application/json')
    expect(await status.json()).toEqual({ jobs: 1 })
    expect(await (await fetch(`${origin}/metrics`)).text()).toContain('x_total 1\n')
  })

  it('tell who comes through a proxy no more than whether all is well', async () => {
    const { origin } = await serve(
      operatorRoutes({
        trouble: () => '/secret',
        status: () => 'secret',
        metrics: createMetrics(),
      }),
    )
    const headers = { 'x-forwarded-for': '127.0.0.1' }
    const health = await fetch(`${origin}/healthz`, { headers })
    expect([health.status, await health.json()]).toEqual([503, { ok: false }])
    for (const path of ['/status', '/metrics']) {
      const refused = await fetch(origin + path, { headers })
      expect([refused.status, await refused.json()]).toMatchObject([
        403,
        { error: { code: 'EPERM' } },
      ])
    }
  })
})

it('refuses two routes of one path', async () => {
  await expect(serve([hello, hello])).rejects.toThrow('two routes for /hello')
  expect(jsonResponse({ a: 1 }).body).toBe('{"a":1}')
})
