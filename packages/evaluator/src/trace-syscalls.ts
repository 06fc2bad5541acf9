/**
 * Traces the system calls that sandboxes make while a command runs, and compares them with the table
 * of allowed ones: `trace-syscalls [COMMAND…]`, by default the tests of the sandbox. Needs strace, as
 * root. Ends with status 1 when a call that is not in the table was made.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { readTrace, type TracedCall } from './jail/read-trace.ts'
import { syscalls } from './jail/syscalls.ts'

const usual = ['npx', 'vitest', 'run', '--project', 'integration', 'tests/sandbox']
const command = process.argv.length > 2 ? process.argv.slice(2) : usual
const followed = ['-f', '--pidns-translation', '-qq', '-s', '32']

async function trace(file: string): Promise<void> {
  const child = spawn('strace', [...followed, '-o', file, ...command], { stdio: 'inherit' })
  await once(child, 'close')
}

async function readLines(file: string): Promise<readonly string[]> {
  const lines: string[] = []
  for await (const line of createInterface({ input: createReadStream(file, 'latin1') })) {
    lines.push(line)
  }
  return lines
}

function describeCall({ count, examples, name }: TracedCall): string {
  return [`${name.padEnd(24)} ${count}`, ...examples.map((line) => `    ${line}`)].join('\n')
}

const folder = await mkdtemp(join(tmpdir(), 'manyhands-trace-'))
try {
  const file = join(folder, 'trace.txt')
  await trace(file)
  const made = readTrace(await readLines(file))
  const known = new Map(syscalls.map(({ name, rule }) => [name, rule]))
  const strange = made.filter(({ name }) => known.get(name) === undefined)
  const checked = made.filter(({ name }) => typeof known.get(name) === 'object')
  const unused = syscalls.filter(
    ({ name, rule }) => rule === 'allow' && !made.some((call) => call.name === name),
  )
  process.stdout.write(
    [
      'made, all:',
      ...made.map(({ count, name }) => `  ${name.padEnd(24)} ${count}`),
      'made, allowed with some arguments alone:',
      ...checked.map(describeCall),
      'made, not in the table:',
      ...strange.map(describeCall),
      `allowed and never made: ${unused.map(({ name }) => name).join(' ')}`,
      '',
    ].join('\n'),
  )
  process.exitCode = strange.length === 0 ? 0 : 1
} finally {
  await rm(folder, { recursive: true, force: true })
}
