import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { isDcpError } from '@manyhands/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { limits } from '../limits.ts'
import { fetchText } from './fetch-text.ts'

let server: Server
let base: URL

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/moved') response.writeHead(302, { location: '/work.js' }).end()
    else if (request.url === '/work.js') response.end('(x) => x * 2 // é')
    else if (request.url === '/endless') {
      const part = 'x'.repeat(1_000_000)
      const more = (): void => {
        while (response.write(part));
      }
      response.on('drain', more).on('error', () => undefined)
      more()
    } else response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
})

afterAll(() => {
  server.closeAllConnections()
  server.close()
})

describe('a work function at a location', () => {
  it('is read', async () => {
    expect(await fetchText(new URL('work.js', base))).toBe('(x) => x * 2 // é')
  })

  it.each(['no-such', 'moved'])('is refused when it is not there itself: %s', async (path) => {
    await expect(fetchText(new URL(path, base))).rejects.toSatisfy((error) =>
      isDcpError(error, 'ENOENT'),
    )
  })

  it('is refused when it is longer than work may be', async () => {
    await expect(fetchText(new URL('endless', base))).rejects.toThrow(
      `is longer than ${limits.artifactTextMax}`,
    )
  })
})
