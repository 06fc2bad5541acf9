import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { silentLogger, systemClock, systemRandom } from '@manyhands/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { type HttpServer, createHttpServer } from './http-server.ts'
import { staticRoute } from './static-files.ts'

let parent: string
let server: HttpServer

beforeEach(async () => {
  parent = mkdtempSync(join(tmpdir(), 'manyhands-static-'))
  const directory = join(parent, 'public')
  mkdirSync(join(directory, 'dist'), { recursive: true })
  writeFileSync(join(directory, 'dist', 'a b.js'), 'hello()')
  writeFileSync(join(directory, 'data'), 'x')
  writeFileSync(join(parent, 'secret'), 'secret')
  symlinkSync(join(parent, 'secret'), join(directory, 'link'))
  const hint = 'install it'
  server = createHttpServer(
    {
      routes: [
        staticRoute({ path: '/files/*', directory, hint }),
        staticRoute({ path: '/none/*', directory: undefined, hint }),
      ],
    },
    { logger: silentLogger, clock: systemClock, random: systemRandom },
  )
  await server.start()
})

afterEach(async () => {
  await server.close()
  rmSync(parent, { recursive: true })
})

/** `fetch` would tidy the path up before it sends it. */
function statusOf(path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port: server.port, path }, (message) => {
      message.resume().once('end', () => resolve(message.statusCode))
    })
      .once('error', reject)
      .end()
  })
}

describe('static files', () => {
  it('are served with their type, to pages of any origin', async () => {
    const answer = await fetch(`${server.origin}/files/dist/a%20b.js`)
    expect(answer.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(await answer.text()).toBe('hello()')
    const other = await fetch(`${server.origin}/files/data`, { method: 'HEAD' })
    expect(other.headers.get('content-type')).toBe('application/octet-stream')
    expect(other.headers.get('content-length')).toBe('1')
  })

  it.each([
    '/files/',
    '/files/dist',
    '/files/missing',
    '/files/../secret',
    '/files/%2e%2e/secret',
    '/files/..%2fsecret',
    '/files/dist/../../secret',
    '/files//etc/passwd',
    '/files/link',
    '/files/%',
    '/files/data%00',
  ])('do not include %s', async (path) => {
    expect(await statusOf(path)).toBe(404)
  })

  it('say how to get them when they are not here', async () => {
    const answer = await fetch(`${server.origin}/none/x`)
    expect([answer.status, await answer.json()]).toEqual([
      404,
      { success: false, error: { code: 'ENOENT', message: 'install it' } },
    ])
  })
})
