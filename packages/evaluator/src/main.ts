/**
 * The evaluator as a program: `main [--socket PATH | --listen ADDRESS [--token-file FILE] | --stdio]
 * [--memory MIB] [--heap MIB] [--folder DIR] [--jail POLICY] [--gpu] [--lifeline]`. It hosts sandboxes for
 * supervisors of ours (a control socket) or for the official worker (an address, or one session on
 * the standard streams).
 * Prints one line of JSON when it is ready. The folder holds its sockets and is removed at the end;
 * with a lifeline the end is when its standard input ends. Status 3: a jail is required and missing.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { parseArgs } from 'node:util'

import { startBroker } from './broker.ts'
import { parseListenAddress, showAddress } from './line-protocol/address.ts'
import { createLineServer, type LineServer } from './line-protocol/server.ts'
import { parseSoftwareGpu, parseWithout } from './weaken.ts'
import { type JailPolicy, NoJailError, openWorkshop, type Workshop } from './workshop.ts'

const noJailStatus = 3

function warn(what: string): void {
  process.stderr.write(`evaluator: ${what}\n`)
}

function parsePolicy(text: string): JailPolicy {
  if (text === 'auto' || text === 'required' || text === 'none') return text
  throw new Error(`--jail is auto, required or none, not ${text}`)
}

function readOptions() {
  const { values: options } = parseArgs({
    options: {
      socket: { type: 'string' },
      listen: { type: 'string' },
      'token-file': { type: 'string' },
      stdio: { type: 'boolean', default: false },
      memory: { type: 'string' },
      heap: { type: 'string' },
      folder: { type: 'string' },
      jail: { type: 'string', default: 'auto' },
      without: { type: 'string' },
      gpu: { type: 'boolean', default: false },
      'software-gpu': { type: 'string' },
      lifeline: { type: 'boolean', default: false },
    },
  })
  return { ...options, jail: parsePolicy(options.jail) }
}

/** The options, or the end: what is wrong is said in one line. */
function optionsOrEnd(): ReturnType<typeof readOptions> {
  try {
    return readOptions()
  } catch (error) {
    warn((error as Error).message)
    process.exit(1)
  }
}

// Whatever is created from here on is for this user alone unless it says otherwise.
process.umask(0o077)
const values = optionsOrEnd()
const { jail } = values
const without = parseWithout(values.without, process.env)
const folder = values.folder ?? (await mkdtemp(join(tmpdir(), 'manyhands-')))
const socketPath = values.socket ?? join(folder, 'control.sock')
let serving: { close(): Promise<void> } | undefined
let closing = false

async function end(status: number): Promise<void> {
  if (closing) return
  closing = true
  await serving?.close()
  await rm(folder, { recursive: true, force: true })
  process.exit(status)
}

async function start(): Promise<void> {
  const gpu = parseSoftwareGpu(values['software-gpu'], process.env) ?? values.gpu
  const workshop = await openWorkshop({ folder, jail, without, gpu, warn })
  if (values.stdio) await serveStandardStreams(workshop)
  else if (values.listen === undefined) {
    serving = await startBroker({ socketPath, workshop })
    announce({ socket: socketPath })
  } else announce(await serveLines(workshop, values.listen))
}

function announce(where: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify({ ...where, pid: process.pid })}\n`)
}

/** The official worker asks for no limits: what its sandboxes may use is said here. */
function openLineServer(workshop: Workshop): LineServer {
  const limits = {
    ...(values.memory === undefined ? {} : { memoryMib: Number(values.memory) }),
    ...(values.heap === undefined ? {} : { heapMib: Number(values.heap) }),
  }
  const server = createLineServer({ workshop, warn, limits })
  serving = server
  return server
}

/** For the official worker, on an address. */
async function serveLines(workshop: Workshop, listen: string): Promise<{ listen: string }> {
  const server = openLineServer(workshop)
  const file = values['token-file']
  const token = file === undefined ? undefined : (await readFile(file, 'utf8')).trim()
  const address = parseListenAddress(listen)
  const bound = await server.listen({ address, ...(token === undefined ? {} : { token }) })
  return { listen: showAddress(bound) }
}

/** One session, as managers in the manner of inetd start it; nothing else is written there. */
async function serveStandardStreams(workshop: Workshop): Promise<void> {
  const server = openLineServer(workshop)
  await server.serve(Duplex.from({ readable: process.stdin, writable: process.stdout }))
  await end(0)
}

process.once('SIGTERM', () => void end(0))
process.once('SIGINT', () => void end(0))
if (values.lifeline) process.stdin.once('end', () => void end(0)).resume()
try {
  await start()
} catch (error) {
  process.stderr.write(`evaluator: ${(error as Error).message}\n`)
  await end(error instanceof NoJailError ? noJailStatus : 1)
}
