/**
 * The evaluator as a program: `main [--socket PATH] [--folder DIR] [--lifeline]`. Prints one line of
 * JSON when it is ready. The folder holds its sockets and is removed at the end; with a lifeline the
 * end is when its standard input ends.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { startBroker } from './broker.ts'

const { values } = parseArgs({
  options: {
    socket: { type: 'string' },
    folder: { type: 'string' },
    lifeline: { type: 'boolean', default: false },
  },
})

// Whatever is created from here on is for this user alone unless it says otherwise.
process.umask(0o077)
const folder = values.folder ?? (await mkdtemp(join(tmpdir(), 'manyhands-')))
const socketPath = values.socket ?? join(folder, 'control.sock')
const broker = await startBroker({ socketPath, folder })
let closing = false

async function end(): Promise<void> {
  if (closing) return
  closing = true
  await broker.close()
  await rm(folder, { recursive: true, force: true })
  process.exit(0)
}

process.once('SIGTERM', () => void end())
process.once('SIGINT', () => void end())
if (values.lifeline) process.stdin.once('end', () => void end()).resume()
process.stdout.write(`${JSON.stringify({ socket: socketPath, pid: process.pid })}\n`)
