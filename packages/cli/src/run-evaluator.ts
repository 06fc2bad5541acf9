/** Runs the evaluator: a program of its own, which shares no code with this one. */
import { once } from 'node:events'
import { spawn, type StdioOptions } from 'node:child_process'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

import { brokerEntry } from '@manyhands/evaluator'
import { nodeFlags } from '@manyhands/service'

import { listenForLeaving } from './signals.ts'

export interface RunOptions {
  /** Its streams; with a lifeline among its options the first must be a pipe. */
  readonly stdio?: StdioOptions
  /** Given its standard output where that is a pipe. */
  readonly onOutput?: (output: Readable) => void
}

/** Runs it until it ends or this program is told to; the status to end with. */
export async function runEvaluator(
  options: readonly string[],
  { onOutput, stdio = ['pipe', 'inherit', 'inherit'] }: RunOptions = {},
): Promise<number> {
  const leaving = listenForLeaving()
  const entry = fileURLToPath(brokerEntry)
  const child = spawn(process.execPath, [...nodeFlags(brokerEntry), entry, ...options], { stdio })
  if (child.stdout !== null) onOutput?.(child.stdout)
  leaving.signal.addEventListener('abort', () => child.kill('SIGTERM'))
  const [code] = (await once(child, 'exit')) as [number | null]
  leaving.close()
  return leaving.signal.aborted ? 0 : (code ?? 1)
}
