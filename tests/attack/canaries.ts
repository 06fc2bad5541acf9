/** What no sandbox may see, reach or change: a secret in files, in the environment and on servers. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import type { AddressInfo, Server } from 'node:net'
import { createServer } from 'node:net'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'

export const secretVariable = 'MANYHANDS_ATTACK_SECRET'

/** The input of an attack. It tells where everything is, and nothing of the secret. */
export interface Canary {
  /** Readable by every user of this machine. */
  readonly file: string
  readonly module: string
  readonly json: string
  /** A module that holds nothing: to import it is to read it. */
  readonly wasm: string
  readonly worker: string
  /** May be written by everybody, and proves nothing when it is. */
  readonly scratch: string
  /** Readable by whoever runs the suite alone. */
  readonly privateFile: string
  /** Writable by everybody. */
  readonly folder: string
  readonly port: number
  /** A server that answers with a redirect to the other; going there is allowed. */
  readonly redirect: number
  readonly udp: number
  readonly socket: string
  readonly variable: string
  readonly hostname: string
  readonly victim: number
}

export interface Canaries {
  readonly canary: Canary
  /** What shows that the host is no longer intact; `said` is everything that came out. */
  evidence(said: string): string | undefined
  close(): Promise<void>
}

const open = 0o777
const victimName = 'victim'

async function listen(server: Server, where: number | string): Promise<number> {
  if (typeof where === 'number') server.listen(where, '127.0.0.1')
  else server.listen(where)
  await once(server, 'listening')
  const address = server.address()
  return typeof address === 'object' ? ((address as AddressInfo | null)?.port ?? 0) : 0
}

/** One set for one run. `secret` is in the environment of this process already. */
export async function createCanaries(secret: string): Promise<Canaries> {
  const root = await mkdtemp(join(tmpdir(), 'attack-'))
  await chmod(root, 0o755)
  const path = (name: string): string => join(root, name)
  const folder = path('writable')
  await writeFile(path('secret.txt'), secret, { mode: 0o644 })
  await writeFile(path('secret.js'), `export default '${secret}'`, { mode: 0o644 })
  await writeFile(path('worker.js'), `postMessage('${secret}')`, { mode: 0o644 })
  await writeFile(path('secret.json'), JSON.stringify({ secret }), { mode: 0o644 })
  await writeFile(path('empty.wasm'), new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))
  await writeFile(path('private.txt'), secret, { mode: 0o600 })
  await writeFile(path('scratch'), '')
  await chmod(path('scratch'), 0o666)
  await mkdir(folder)
  await chmod(folder, open)
  await writeFile(join(folder, victimName), 'untouched')
  await chmod(join(folder, victimName), 0o666)

  const hits: string[] = []
  const http = createHttpServer((_request, response) => {
    response.setHeader('content-type', 'text/javascript')
    response.setHeader('access-control-allow-origin', '*')
    response.end(`export default '${secret}'`)
  })
  http.on('connection', () => hits.push('tcp'))
  http.on('clientError', (_error, socket) => socket.destroy())
  const port = await listen(http, 0)
  const redirect = createHttpServer((_request, response) => {
    response.writeHead(302, { location: `http://127.0.0.1:${port}/` }).end()
  })
  const redirectPort = await listen(redirect, 0)
  const unix = createServer((socket) => {
    hits.push('unix')
    socket.on('error', () => socket.destroy())
    socket.end(secret)
  })
  await listen(unix, path('canary.sock'))
  await chmod(path('canary.sock'), open)
  const udp = createSocket('udp4', () => hits.push('udp'))
  udp.bind(0, '127.0.0.1')
  await once(udp, 'listening')
  const victim: ChildProcess = spawn('sleep', ['600'], { stdio: 'ignore' })

  function evidence(said: string): string | undefined {
    if (said.includes(secret)) return 'it told the secret'
    if (hits.length > 0) return `it reached a server (${hits[0]})`
    const files = readdirSync(folder)
    if (files.some((name) => name !== victimName)) return 'it wrote a file'
    if (!existsSync(join(folder, victimName))) return 'it removed a file'
    if (readFileSync(join(folder, victimName), 'utf8') !== 'untouched') return 'it changed a file'
    if (victim.exitCode !== null || victim.signalCode !== null) return 'it ended a process'
    return undefined
  }

  return {
    canary: {
      file: path('secret.txt'),
      module: path('secret.js'),
      json: path('secret.json'),
      wasm: path('empty.wasm'),
      worker: path('worker.js'),
      scratch: path('scratch'),
      privateFile: path('private.txt'),
      folder,
      port,
      redirect: redirectPort,
      udp: udp.address().port,
      socket: path('canary.sock'),
      variable: secretVariable,
      hostname: hostname(),
      victim: victim.pid ?? 0,
    },
    evidence,
    async close() {
      for (const server of [http, redirect]) {
        server.closeAllConnections()
        server.close()
      }
      unix.close()
      udp.close()
      victim.kill('SIGKILL')
      await rm(root, { recursive: true, force: true })
    },
  }
}
