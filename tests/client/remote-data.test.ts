// Data that never passes the scheduler, from a server of its owner's own to his workers and back, in
// a compute group of his own.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

import type { Client } from '@manyhands/client'
import { RemoteDataPattern, RemoteDataSet } from '@manyhands/client'
import { createPureCrypto, createSigner } from '@manyhands/wallet'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { type Computer, startComputer } from './_computer.ts'

/** Serves `/N.json`, the number N, and `/work.js`; keeps what is posted to it. */
interface DataServer {
  readonly server: Server
  readonly origin: string
  readonly posted: Map<string, URLSearchParams>
}

async function startDataServer(): Promise<DataServer> {
  const posted = new Map<string, URLSearchParams>()
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    if (request.method === 'POST') {
      void text(request).then((body) => {
        posted.set(path, new URLSearchParams(body))
        response.end(`stored ${path}`)
      })
    } else if (path === '/work.js') {
      response.setHeader('content-type', 'text/javascript').end('(n) => n * 100')
    } else {
      response.setHeader('content-type', 'application/json').end(path.slice(1, -5))
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { server, origin: `http://127.0.0.1:${port}`, posted }
}

let data: DataServer
let forbidden: DataServer
let computer: Computer
let client: Client
const group = { joinKey: 'lab', joinSecret: 'open sesame' }

beforeAll(async () => {
  data = await startDataServer()
  forbidden = await startDataServer()
  computer = await startComputer({
    worker: { allowOrigins: [data.origin], computeGroups: [group], leavePublicGroup: true },
  })
  client = computer.connect()
  await client.computeGroups.createGroup(group, 'Lab')
})
afterAll(async () => {
  await computer[Symbol.asyncDispose]()
  for (const { server } of [data, forbidden]) server.close()
})

function inGroup<Job extends { computeGroups: object[] }>(job: Job): Job {
  job.computeGroups = [group]
  return job
}

describe('a job whose data is elsewhere', () => {
  it('is computed from a pattern of locations', async () => {
    const pattern = new RemoteDataPattern<number>(`${data.origin}/{slice}.json`, 20)
    const job = inGroup(client.compute.for(pattern, (n) => n * 2))
    expect(await job.exec()).toEqual(Array.from({ length: 20 }, (_, n) => (n + 1) * 2))
  })

  it('is computed from a set of locations, with an argument and a work function of their own', async () => {
    const at = (n: number): string => `${data.origin}/${n}.json`
    const set = new RemoteDataSet<number>(at(3), at(4))
    const sum = inGroup(
      client.compute.for(set, (n: number, m: number) => n + m, new RemoteDataSet(at(10))),
    )
    expect(await sum.exec()).toEqual([13, 14])
    const remote = inGroup(client.compute.for([1, 2], new URL(`${data.origin}/work.js`)))
    expect(await remote.exec()).toEqual([100, 200])
  })

  it('brings its results to a place of its owner', async () => {
    const job = inGroup(client.compute.for(1, 3, (n) => ({ square: n * n })))
    job.setResultStorage(`${data.origin}/results/{slice}`, { token: 'mine' })
    expect(await job.exec()).toEqual([1, 2, 3].map((n) => `stored /results/${n}`))
    expect(Object.fromEntries(data.posted.get('/results/2') ?? [])).toEqual({
      token: 'mine',
      contentType: 'application/json',
      element: '2',
      content: '{"square":4}',
    })
  })

  it('is not computed by a worker that may not go there', async () => {
    const pattern = new RemoteDataPattern<number>(`${forbidden.origin}/{slice}.json`, 1)
    const job = inGroup(client.compute.for(pattern, (n) => n))
    const failed = new Promise<string | undefined>((resolve) => {
      job.on('error', ({ code }) => resolve(code))
    })
    const ended = job.exec()
    expect(await failed).toBe('EPERM_ORIGIN')
    await job.cancel()
    await expect(ended).rejects.toMatchObject({ code: 'ECANCEL' })
  })

  it('is not computed outside of its group', async () => {
    const outside = client.compute.for([1], (n) => n)
    const waiting = outside.exec()
    const inside = inGroup(client.compute.for([1], (n) => n))
    expect(await inside.exec()).toEqual([1])
    expect((await client.compute.status(outside.id)).computed).toBe(0)
    await outside.cancel()
    await expect(waiting).rejects.toMatchObject({ code: 'ECANCEL' })
    const stranger = computer.connect(createSigner(new Uint8Array(32).fill(5), createPureCrypto()))
    const wrong = stranger.compute.for([1], (n) => n)
    wrong.computeGroups = [{ joinKey: 'lab', joinSecret: 'open barley' }]
    await expect(wrong.exec()).rejects.toMatchObject({ code: 'DCPL-1100' })
  })
})
