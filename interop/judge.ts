// Runs one official program in a process of its own and compares what it prints. The program is
// told where the scheduler is and where its keystores are, and nothing else.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'

import type { RunningComputer } from '../scripts/start-computer.ts'
import { environmentOf } from './program-environment.ts'
import type { Verdict } from './verdict.ts'

export interface InteropProgram {
  /** The package the program uses, as published. */
  readonly package: string
  readonly program: string
  readonly feature: string
  readonly path: string
  /** What runs the program, instead of Node. */
  readonly command?: string
  /** Flags for the command before the path. */
  readonly flags?: readonly string[]
  /** What it is given after the path. */
  readonly arguments?: readonly string[]
  /** What its own feature needs besides the scheduler and a home. */
  readonly environment?: Readonly<Record<string, string>>
  /** Who runs it, instead of who runs this. */
  readonly user?: number
  /** Instead of a minute. */
  readonly limitMs?: number
  /** True: what it writes to standard error is looked at as well. */
  readonly complaints?: boolean
  /** The status it must end with, instead of 0. */
  readonly status?: number
  /** The whole standard output, or what it must contain. */
  readonly expected: string | RegExp
}

const limitMs = 60_000

/** Runs the program against the computer. Never rejects for what the program does. */
export async function judge(program: InteropProgram, computer: RunningComputer): Promise<Verdict> {
  const child = spawn(
    program.command ?? process.execPath,
    [...(program.flags ?? []), program.path, ...(program.arguments ?? [])],
    {
      cwd: dirname(program.path),
      env: { ...environmentOf(computer), ...program.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(program.user === undefined ? {} : { uid: program.user, gid: program.user }),
    },
  )
  let output = ''
  let complaints = ''
  let late = false
  let waitsIn = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()))
  const limit = setTimeout(() => {
    late = true
    waitsIn = callOf(child.pid)
    child.kill('SIGKILL')
  }, program.limitMs ?? limitMs)
  const [status] = (await once(child, 'close')) as [number | null]
  clearTimeout(limit)

  const { expected } = program
  const said = program.complaints === true ? `${output}${complaints}` : output
  const right = typeof expected === 'string' ? said === expected : expected.test(said)
  return {
    package: program.package,
    program: program.program,
    feature: program.feature,
    ...reasonFor({ right, late, inOrder: status === (program.status ?? 0) }),
    report: [
      `expected: ${expected}`,
      `printed: ${output}`,
      `waited in: ${waitsIn}`,
      `ended with: ${status}`,
      complaints.slice(-2000),
    ].join('\n'),
  }
}

/** Where in the kernel a process waits; nothing where that cannot be known. */
function callOf(pid: number | undefined): string {
  try {
    return readFileSync(`/proc/${pid}/wchan`, 'utf8')
  } catch {
    return ''
  }
}

interface Ending {
  /** It printed what it must. */
  readonly right: boolean
  /** It ended with the status it must. */
  readonly inOrder: boolean
  readonly late: boolean
}

function reasonFor({ inOrder, late, right }: Ending): Pick<Verdict, 'outcome' | 'reason'> {
  if (late) return { outcome: 'red', reason: `not finished after ${limitMs / 1000} s` }
  if (!right) return { outcome: 'red', reason: 'another output than expected' }
  if (!inOrder) return { outcome: 'red', reason: 'another status than expected' }
  return { outcome: 'green', reason: '' }
}
