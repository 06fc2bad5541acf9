import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

import { connect } from '@manyhands/client/node'
import type { NodeClient } from '@manyhands/client/node'
import { deserialize } from '@manyhands/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { manyhands, startManyhands } from './_manyhands.ts'
import type { Running } from './_manyhands.ts'

let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'manyhands-lending-'))
})

afterAll(() => rm(directory, { recursive: true }))

function startScheduler(name: string, ...options: string[]): Promise<Running> {
  return startManyhands('scheduler', '--port=0', `--data=${join(directory, name)}`, ...options)
}

function clientOf({ url, keystores }: Running): Promise<NodeClient> {
  return connect({ scheduler: url, identity: keystores.id, paymentAccount: keystores.default })
}

/** Asks as a client would that knows the computer by another name. */
async function ask(url: URL, host = url.host): Promise<{ status: number; body: string }> {
  const asked = httpRequest(url, { headers: { host }, agent: false })
  const [answer] = (await once(asked.end(), 'response')) as [IncomingMessage]
  return { status: answer.statusCode ?? 0, body: await text(answer) }
}

/** Where the configuration sends who comes by a name. */
async function published(computer: URL, host?: string): Promise<unknown> {
  const { body } = await ask(new URL('etc/dcp-config.kvin?ver=2.1.0', computer), host)
  const { scheduler, packageManager, dcp } = deserialize(body) as Record<
    'scheduler' | 'packageManager' | 'dcp',
    { location?: URL; identityCache?: unknown }
  >
  return {
    scheduler: scheduler.location?.href,
    packages: packageManager.location?.href,
    forgets: dcp.identityCache !== undefined,
  }
}

async function isReached(url: URL): Promise<boolean> {
  return ask(url).then(
    () => true,
    () => false,
  )
}

describe('a computer with --host', () => {
  it('is reached there and nowhere else, by its own worker, too', async () => {
    const options = ['--port=0', '--host=127.0.0.2', '--no-sample', '--sandboxes=1']
    await using up = await startManyhands('up', ...options, `--data=${join(directory, 'second')}`)
    const url = new URL(up.url)
    expect(url.hostname).toBe('127.0.0.2')
    const elsewhere = new URL('healthz', url)
    expect(await isReached(elsewhere)).toBe(true)
    elsewhere.hostname = '127.0.0.1'
    expect(await isReached(elsewhere)).toBe(false)
    expect(await published(url)).toMatchObject({ scheduler: url.href, forgets: true })
    await using client = await clientOf(up)
    const results = await client.compute.for(1, 3, (x: number) => x * x).exec()
    expect(Array.from(results)).toEqual([1, 4, 9])
  })

  it('on all addresses sends everybody back the way he came, and keeps nothing of it', async () => {
    await using up = await startScheduler('all', '--host=0.0.0.0')
    const url = new URL(up.url)
    expect(url.hostname).toBe('127.0.0.1')
    const there = `http://box.lan:${url.port}/`
    expect(await published(url, new URL(there).host)).toEqual({
      scheduler: there,
      packages: `${there}package-manager/`,
      forgets: false,
    })
    expect(await published(url)).toMatchObject({ scheduler: url.href, forgets: true })
  })

  it('on all addresses tells how busy it is to this machine alone', async () => {
    await using up = await startScheduler('busy', '--host=0.0.0.0')
    const [status, metrics, healthz] = ['status', 'metrics', 'healthz'].map(
      (path) => new URL(path, up.url),
    ) as [URL, URL, URL]
    for (const location of [status, metrics]) {
      expect(await ask(location)).toMatchObject({ status: 200 })
      const refused = await ask(location, 'box.lan')
      expect(refused.status).toBe(403)
      expect(refused.body).toContain('this machine alone')
    }
    expect(await ask(healthz, 'box.lan')).toEqual({ status: 200, body: '{"ok":true}' })
  })

  it('that is none of this machine’s is refused with what to choose', async () => {
    const options = ['--once', '--no-sample', '--sandboxes=0', '--port=0', '--host=203.0.113.7']
    const { status, err } = await manyhands('up', ...options, `--data=${join(directory, 'no')}`)
    expect({ status, lines: err.trim().split('\n').length }).toEqual({ status: 1, lines: 1 })
    expect(err).toMatch(/203\.0\.113\.7 is not an address of this machine.*--host.*EBADARG/)
  })
})

describe('a computer with --public-url', () => {
  it('is published there, and works on this machine where it listens', async () => {
    const options = ['--port=0', '--public-url=https://dcp.example', '--no-sample']
    const more = ['--sandboxes=1', '--jail=auto', `--data=${join(directory, 'public')}`]
    await using up = await startManyhands('up', ...options, ...more)
    const url = new URL(up.url)
    expect(url.hostname).toBe('127.0.0.1')
    expect(JSON.parse(up.lines[0] ?? '')).toMatchObject({ reachableAt: ['https://dcp.example/'] })
    // A proxy passes on the name it was asked for, or the one by which it reaches us.
    for (const host of ['dcp.example', url.host]) {
      expect(await published(url, host)).toEqual({
        scheduler: 'https://dcp.example/',
        packages: 'https://dcp.example/package-manager/',
        forgets: false,
      })
    }
    await using client = await clientOf(up)
    const results = await client.compute.for(1, 3, (x: number) => x * x).exec()
    expect(Array.from(results)).toEqual([1, 4, 9])
  })

  it.each([
    ['--public-url', 'dcp.example'],
    ['--public-url', 'https://dcp.example/base'],
    ['--host', 'http://box.lan/'],
  ])('refuses %s %s, naming it and what is expected', async (option, value) => {
    const { status, err } = await manyhands('up', '--once', '--sandboxes=0', option, value)
    expect(status).toBe(1)
    expect(err).toContain(`option '${option} <`)
    expect(err).toMatch(/It must be .*(http or https URL|without a port)/)
  })
})

describe('who may come to a computer', () => {
  it('is said when it starts: where, what they may do, and that nothing is encrypted', async () => {
    const { out } = await manyhands(
      ...['up', '--once', '--no-sample', '--sandboxes=0', '--port=0', '--host=0.0.0.0'],
      `--data=${join(directory, 'said')}`,
    )
    expect(out).toMatch(/up at http:\/\/127\.0\.0\.1:\d+\//)
    expect(out).toMatch(/Others reach it at .*may deploy jobs.*nothing is encrypted.*TLS/s)
  })

  it('is nobody unless told', async () => {
    const { out } = await manyhands(
      ...['up', '--once', '--no-sample', '--sandboxes=0', '--port=0'],
      `--data=${join(directory, 'nobody')}`,
    )
    expect(out).not.toContain('Others')
  })
})
