/**
 * The evaluator as a program: `main [--socket PATH] [--folder DIR] [--jail POLICY] [--lifeline]`.
 * Prints one line of JSON when it is ready. The folder holds its sockets and is removed at the end;
 * with a lifeline the end is when its standard input ends. Status 3: a jail is required and missing.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { type Broker, startBroker } from './broker.ts'
import { parseWithout } from './weaken.ts'
import { type JailPolicy, NoJailError, openWorkshop } from './workshop.ts'

const noJailStatus = 3

const { values } = parseArgs({
  options: {
    socket: { type: 'string' },
    folder: { type: 'string' },
    jail: { type: 'string', default: 'auto' },
    without: { type: 'string' },
    lifeline: { type: 'boolean', default: false },
  },
})

function parsePolicy(text: string): JailPolicy {
  if (text === 'auto' || text === 'required' || text === 'none') return text
  throw new Error(`--jail is auto, required or none, not ${text}`)
}

function warn(what: string): void {
  process.stderr.write(`evaluator: ${what}\n`)
}

// Whatever is created from here on is for this user alone unless it says otherwise.
process.umask(0o077)
const jail = parsePolicy(values.jail)
const without = parseWithout(values.without, process.env)
const folder = values.folder ?? (await mkdtemp(join(tmpdir(), 'manyhands-')))
const socketPath = values.socket ?? join(folder, 'control.sock')
let broker: Broker | undefined
let closing = false

async function end(status: number): Promise<void> {
  if (closing) return
  closing = true
  await broker?.close()
  await rm(folder, { recursive: true, force: true })
  process.exit(status)
}

async function start(): Promise<void> {
  const workshop = await openWorkshop({ folder, jail, without, warn })
  broker = await startBroker({ socketPath, workshop })
  process.stdout.write(`${JSON.stringify({ socket: socketPath, pid: process.pid })}\n`)
}

process.once('SIGTERM', () => void end(0))
process.once('SIGINT', () => void end(0))
if (values.lifeline) process.stdin.once('end', () => void end(0)).resume()
try {
  await start()
} catch (error) {
  if (!(error instanceof NoJailError)) throw error
  process.stderr.write(`${error.message}\n`)
  await end(noJailStatus)
}
