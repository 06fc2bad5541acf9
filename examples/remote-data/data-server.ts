// The data and results server of the story: it hands out the data of each ward, the work function and
// its argument, and takes the results. It is all that workers need to reach; the scheduler never does.
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

import { readTumours } from '../signature-search/tumours.ts'
import { answerTable } from './answer.ts'
import { type Patient, summarize, type Summary } from './summarize.ts'

export const wardCount = 10

/** Bytes of one posted result. */
const bodyMax = 65_536

export interface DataServer {
  /** What a worker must be allowed to reach. */
  readonly origin: string
  close(): void
}

export interface DataServerOptions {
  /** 0 takes any free one. */
  readonly port: number
  readonly host?: string
  /** What a result must come with, so that nobody but the workers of this job can post one. */
  readonly token: string
}

interface Reply {
  readonly status?: number
  readonly type?: string
  readonly body: string
}

export async function startDataServer(options: DataServerOptions): Promise<DataServer> {
  const { names, wards } = await readWards()
  const results = new Map<number, Summary>()

  function read(path: string): Reply {
    const json = (value: unknown): Reply => ({
      type: 'application/json',
      body: JSON.stringify(value),
    })
    const ward = /^\/wards\/(\d+)\.json$/.exec(path)?.[1]
    if (ward !== undefined && wards[Number(ward) - 1]) return json(wards[Number(ward) - 1])
    if (path === '/measurements.json') return json(names)
    // Plain text: official workers take no other for a work function.
    if (path === '/work.js') return { body: String(summarize) }
    if (path === '/answer') return { body: answerTable([...results.values()], names) }
    return { status: 404, body: `there is no ${path}` }
  }

  /** Results come as a form: the fields the deployer chose, `element` (the slice) and `content`. */
  async function store(request: IncomingMessage): Promise<Reply> {
    const form = new URLSearchParams(await bodyOf(request))
    if (form.get('token') !== options.token) return { status: 403, body: 'the token is another' }
    const ward = Number(form.get('element'))
    results.set(ward, JSON.parse(form.get('content') ?? '') as Summary)
    return { body: `stored ward ${ward}` }
  }

  const server = createServer((request, response) => {
    const isPost = request.method === 'POST'
    void Promise.resolve()
      .then(() => (isPost ? store(request) : read(request.url ?? '/')))
      .catch((error: unknown): Reply => ({ status: 400, body: String(error) }))
      .then(({ status = 200, type = 'text/plain', body }) => {
        // Workers in browsers ask whether they may.
        const headers = { 'content-type': type, 'access-control-allow-origin': '*' }
        response.writeHead(status, headers).end(body)
      })
  })
  const { host = '127.0.0.1', port } = options
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve)
  })
  const { port: actual } = server.address() as AddressInfo
  return { origin: `http://${host}:${actual}`, close: () => void server.close() }
}

async function readWards(): Promise<{ names: readonly string[]; wards: Patient[][] }> {
  const { names, measurements, diagnoses } = await readTumours()
  const wards: Patient[][] = Array.from({ length: wardCount }, () => [])
  for (const [row, diagnosis] of diagnoses.entries()) {
    const values = measurements.subarray(row * names.length, (row + 1) * names.length)
    wards[row % wardCount]?.push([...values, diagnosis])
  }
  return { names, wards }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request.setEncoding('utf8')) {
    body += chunk
    if (body.length > bodyMax) throw new Error(`a result has at most ${bodyMax} bytes`)
  }
  return body
}
