import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { createOriginPolicy } from '../../origins.ts'
import type { GuestRequest } from '../../sandbox.ts'
import { createFetchBroker } from './broker.ts'

const signal = new AbortController().signal
const bomb = gzipSync(Buffer.alloc(40 << 20))
let server: Server
let port = 0
let seen: { path: string; method: string; headers: IncomingMessage['headers']; body: string }[] = []

function answer(path: string, response: ServerResponse): void {
  const [, kind, target = ''] = /^\/(\w+)\/?(.*)$/.exec(path) ?? []
  if (kind === 'to') response.writeHead(302, { location: decodeURIComponent(target) }).end()
  else if (kind === 'see') response.writeHead(303, { location: '/plain' }).end()
  else if (kind === 'loop') response.writeHead(307, { location: '/loop' }).end()
  else if (kind === 'bomb') response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb)
  else if (kind === 'long') {
    const write = (): void => void (response.writable && response.write('x'.repeat(1 << 20), write))
    write()
  } else {
    response.writeHead(200, 'Fine', { 'set-cookie': 'a=b', 'x-kind': 'plain' })
    response.end(`got ${path}`)
  }
}

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      const { headers, method = '', url = '' } = request
      seen.push({ path: url, method, headers, body })
      answer(url, response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})
beforeEach(() => {
  seen = []
})

const origin = (host = '127.0.0.1'): string => `http://${host}:${port}`

function request(url: string, more: Partial<GuestRequest> = {}): GuestRequest {
  return { url, method: 'GET', headers: [], body: undefined, redirect: 'follow', ...more }
}

/** A broker for which every name that ends in .example is this machine. */
function brokerOf(allowed: readonly string[], addresses: readonly string[] = ['127.0.0.1']) {
  return createFetchBroker({
    policy: createOriginPolicy(allowed),
    lookUp: async () => addresses,
  })
}

const denied = { code: 'EPERM_ORIGIN' }

describe('the fetch broker', () => {
  it('answers for an allowed origin', async () => {
    const { body, ...response } = await brokerOf([origin()])(request(`${origin()}/plain#x`), signal)
    expect(response).toMatchObject({
      url: `${origin()}/plain`,
      redirected: false,
      status: 200,
      statusText: 'Fine',
    })
    expect(new TextDecoder().decode(body)).toBe('got /plain')
    expect(response.headers).toContainEqual(['x-kind', 'plain'])
    expect(response.headers.map(([name]) => name)).not.toContain('set-cookie')
  })

  it('sends methods, bodies and headers, but none that speak for others', async () => {
    await brokerOf([origin()])(
      request(`${origin()}/plain`, {
        method: 'post',
        body: new TextEncoder().encode('content'),
        headers: [
          ['x-a', 'b'],
          ['cookie', 'c=d'],
          ['host', 'evil.example'],
          ['origin', 'https://evil.example'],
          ['accept-encoding', 'gzip'],
        ],
      }),
      signal,
    )
    const [one] = seen
    expect(one).toMatchObject({ method: 'POST', body: 'content' })
    expect(one?.headers).toMatchObject({
      'x-a': 'b',
      host: `127.0.0.1:${port}`,
      'accept-encoding': 'identity',
    })
    expect(one?.headers).not.toHaveProperty('cookie')
    expect(one?.headers).not.toHaveProperty('origin')
  })

  it.each(['http://other.example/', 'https://127.0.0.1/', 'file:///etc/passwd', 'nonsense'])(
    'refuses %s without any connection',
    async (url) => {
      const broker = createFetchBroker({
        policy: createOriginPolicy([origin()]),
        lookUp: () => Promise.reject(new Error('looked up')),
      })
      await expect(broker(request(url), signal)).rejects.toMatchObject(denied)
    },
  )

  it('refuses a name that leads to a private address, unless that is listed too', async () => {
    const name = origin('data.example')
    const refused = brokerOf([name])(request(`${name}/plain`), signal)
    await expect(refused).rejects.toMatchObject(denied)
    expect(seen).toEqual([])
    const response = await brokerOf([name, '127.0.0.0/8'])(request(`${name}/plain`), signal)
    expect(response.status).toBe(200)
  })

  it('resolves a name once and connects to that address', async () => {
    const asked: string[] = []
    const name = origin('data.example')
    const broker = createFetchBroker({
      policy: createOriginPolicy([name, '127.0.0.1']),
      lookUp: async (host) => {
        asked.push(host)
        return ['10.9.9.9', '127.0.0.1']
      },
    })
    await broker(request(`${name}/plain`), signal)
    expect(asked).toEqual(['data.example'])
    expect(seen[0]?.headers.host).toBe(`data.example:${port}`)
  })

  it('checks every hop of a redirect', async () => {
    const broker = brokerOf([origin()])
    const far = `${origin()}/to/${encodeURIComponent(`${origin('localhost')}/plain`)}`
    await expect(broker(request(far), signal)).rejects.toMatchObject(denied)
    const scheme = `${origin()}/to/${encodeURIComponent('file:///etc/passwd')}`
    await expect(broker(request(scheme), signal)).rejects.toMatchObject(denied)
    expect(seen.map(({ path }) => path).every((path) => path.startsWith('/to/'))).toBe(true)
    const near = await broker(request(`${origin()}/to/%2Fplain`), signal)
    expect(near).toMatchObject({ redirected: true, url: `${origin()}/plain` })
  })

  it('follows as browsers do, or not at all', async () => {
    const broker = brokerOf([origin()])
    const post = { method: 'POST', body: new TextEncoder().encode('content') }
    await broker(request(`${origin()}/see`, post), signal)
    expect(seen.map(({ body, method }) => [method, body])).toEqual([
      ['POST', 'content'],
      ['GET', ''],
    ])
    const manual = await broker(request(`${origin()}/see`, { redirect: 'manual' }), signal)
    expect(manual.status).toBe(303)
    const strict = broker(request(`${origin()}/see`, { redirect: 'error' }), signal)
    await expect(strict).rejects.toMatchObject({ code: 'EFETCH' })
    const loop = broker(request(`${origin()}/loop`), signal)
    await expect(loop).rejects.toThrow('fetchRedirectsMax')
  })

  it('keeps credentials for the origin they were meant for', async () => {
    const other = origin('localhost')
    const broker = createFetchBroker({ policy: createOriginPolicy([origin(), other]) })
    const headers = [['Authorization', 'secret']] as const
    const url = `${origin()}/to/${encodeURIComponent(`${other}/plain`)}`
    await broker(request(url, { headers }), signal)
    expect(seen.map(({ headers: got }) => got.authorization)).toEqual(['secret', undefined])
  })

  it.each(['long', 'bomb'])('stops reading a response that is too %s', async (path) => {
    const fetched = brokerOf([origin()])(request(`${origin()}/${path}`), signal)
    await expect(fetched).rejects.toMatchObject({ code: 'ETOOBIG' })
  })

  it('says when nothing answers, when it was ended, and what methods there are', async () => {
    const closed = 'http://127.0.0.1:1'
    const broker = brokerOf([closed, origin()])
    const failed = { code: 'EFETCH' }
    await expect(broker(request(closed), signal)).rejects.toMatchObject(failed)
    const ended = AbortSignal.abort(new Error('ended'))
    await expect(broker(request(origin()), ended)).rejects.toMatchObject(failed)
    const trace = broker(request(origin(), { method: 'TRACE' }), signal)
    await expect(trace).rejects.toThrow('TRACE')
    const unknown = createFetchBroker({
      policy: createOriginPolicy(['http://nowhere.example']),
      lookUp: () => Promise.reject(new Error('ENOTFOUND')),
    })
    await expect(unknown(request('http://nowhere.example/'), signal)).rejects.toMatchObject(failed)
  })
})
