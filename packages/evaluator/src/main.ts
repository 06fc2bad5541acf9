/**
 * The evaluator as a program: `main [--socket PATH] [--lifeline]`. Prints one line of JSON when it is
 * ready; with a lifeline it ends when its standard input does.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { startBroker } from './broker.ts'

const { values } = parseArgs({
  options: { socket: { type: 'string' }, lifeline: { type: 'boolean', default: false } },
})

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'manyhands-evaluator-'))
  await chmod(folder, 0o700)
  return folder
}

const ownFolder = values.socket === undefined ? await makeFolder() : undefined
const socketPath = values.socket ?? join(ownFolder ?? '', 'control.sock')
const broker = await startBroker({ socketPath })
let closing = false

async function end(): Promise<void> {
  if (closing) return
  closing = true
  await broker.close()
  if (ownFolder !== undefined) await rm(ownFolder, { recursive: true, force: true })
  process.exit(0)
}

process.once('SIGTERM', () => void end())
process.once('SIGINT', () => void end())
if (values.lifeline) process.stdin.once('end', () => void end()).resume()
process.stdout.write(`${JSON.stringify({ socket: socketPath, pid: process.pid })}\n`)
