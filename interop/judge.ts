// Runs one official program in a process of its own and compares what it prints. The program is
// told where the scheduler is and where its keystores are, and nothing else.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname } from 'node:path'

import type { RunningComputer } from '../scripts/start-computer.ts'
import type { InteropProgram } from './programs.ts'

export interface Verdict {
  readonly program: InteropProgram
  readonly passed: boolean
  /** In a few words, for the table. */
  readonly reason: string
  /** What was expected and what came instead. */
  readonly report: string
}

const limitMs = 60_000

/** Runs the program against the computer. Never rejects for what the program does. */
export async function judge(program: InteropProgram, computer: RunningComputer): Promise<Verdict> {
  const child = spawn(process.execPath, [program.path], {
    cwd: dirname(program.path),
    env: {
      PATH: process.env['PATH'],
      HOME: computer.home,
      DCP_SCHEDULER_LOCATION: computer.url,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let complaints = ''
  let late = false
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()))
  const limit = setTimeout(() => {
    late = true
    child.kill('SIGKILL')
  }, limitMs)
  await once(child, 'close')
  clearTimeout(limit)

  const { expected } = program
  const right = typeof expected === 'string' ? output === expected : expected.test(output)
  return {
    program,
    passed: right && !late,
    reason: late ? `not finished after ${limitMs / 1000} s` : 'another output than expected',
    report: [`expected: ${expected}`, `printed: ${output}`, complaints.slice(-2000)].join('\n'),
  }
}
