import { once } from 'node:events'
import { type IncomingMessage, request as httpRequest } from 'node:http'
import { json } from 'node:stream/consumers'

import { sealText, silentLogger, systemClock, systemRandom } from '@manyhands/protocol'
import { createPureCrypto, createSigner } from '@manyhands/wallet'
import { afterEach, describe, expect, it } from 'vitest'

import { type HttpServer, createHttpServer } from '../http/http-server.ts'
import { signedPostRoutes } from './signed-post-routes.ts'

const crypto = createPureCrypto()
const signer = createSigner(new Uint8Array(32).fill(7), crypto)
const deps = { crypto, clock: systemClock, random: systemRandom, logger: silentLogger }
const open: HttpServer[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()))
})

interface Posting {
  readonly server: HttpServer
  /** What was taken. */
  readonly heard: unknown[]
  /** Sends what was signed for an origin, by a Host header that may be another's. */
  post(origin: string, host?: string): Promise<unknown>
}

async function serve(publicOrigin?: string): Promise<Posting> {
  const heard: unknown[] = []
  const methods = {
    add({ signer: from }: { signer: unknown }) {
      heard.push(from)
      return {}
    },
  }
  const routes = signedPostRoutes({ path: '/notes/', methods, bodyBytes: 10_000 }, deps)
  const known = publicOrigin === undefined ? {} : { publicOrigin }
  const server = createHttpServer({ host: '0.0.0.0', routes, ...known }, deps)
  open.push(server)
  await server.start()
  return {
    server,
    heard,
    async post(origin, host = new URL(origin).host) {
      const expiry = Math.floor(systemClock.now() / 1000) + 60
      const body = sealText(signer, JSON.stringify({ endpoint: `${origin}/notes/add`, expiry }))
      const to = { method: 'POST', headers: { host, 'content-type': 'application/json' } }
      const request = httpRequest(`${server.localOrigin}/notes/add`, to)
      const answered = once(request.end(body), 'response') as Promise<[IncomingMessage]>
      return json((await answered)[0])
    },
  }
}

describe('a post signed for this computer', () => {
  it('is taken at the address where it came in', async () => {
    const { server, heard, post } = await serve()
    expect(await post(server.localOrigin)).toEqual({ success: true })
    expect(await post(`http://localhost:${server.port}`)).toEqual({ success: true })
    expect(heard).toEqual([signer.address, signer.address])
  })

  it('is taken at its public name, by whatever name a proxy passes it on', async () => {
    const { heard, post } = await serve('https://dcp.example')
    expect(await post('https://dcp.example')).toEqual({ success: true })
    expect(await post('https://dcp.example', '127.0.0.1:4280')).toEqual({ success: true })
    expect(heard).toHaveLength(2)
  })
})

describe('a post signed for another computer, which brings it here', () => {
  it.each(['http://192.168.7.7:4280', 'http://box.lan:4280', 'http://[fd00::7]:4280'])(
    'is refused, though it comes by the Host header of %s',
    async (origin) => {
      const { server, heard, post } = await serve()
      expect(await post(origin)).toMatchObject({
        success: false,
        error: {
          code: 'EINVAL',
          message: expect.stringMatching(`${server.localOrigin}/notes/add.*--public-url`),
        },
      })
      expect(heard).toEqual([])
    },
  )

  it('is refused where there is a public name, even for this machine’s loopback', async () => {
    const { server, heard, post } = await serve('https://dcp.example')
    expect(await post(server.localOrigin)).toMatchObject({ error: { code: 'EINVAL' } })
    expect(heard).toEqual([])
  })
})
