/** `manyhands evaluator`: hosts sandboxes for the workers that connect to its socket. */
import { once } from 'node:events'
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import { brokerEntry } from '@manyhands/evaluator'
import { nodeFlags } from '@manyhands/service'

import type { EvaluatorFlags } from './program.ts'
import { listenForLeaving } from './signals.ts'

/** The evaluator is a program of its own that shares no code with this one: it is run, not imported. */
export async function evaluator({ jail, socket }: EvaluatorFlags): Promise<number> {
  const leaving = listenForLeaving()
  const entry = fileURLToPath(brokerEntry)
  const flags = nodeFlags(brokerEntry)
  const options = ['--socket', socket, '--jail', jail, '--lifeline']
  const child = spawn(process.execPath, [...flags, entry, ...options], {
    stdio: ['pipe', 'inherit', 'inherit'],
  })
  leaving.signal.addEventListener('abort', () => child.kill('SIGTERM'))
  const [code] = (await once(child, 'exit')) as [number | null]
  leaving.close()
  return leaving.signal.aborted ? 0 : (code ?? 1)
}
