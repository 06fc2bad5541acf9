/** The entry of `dcp-evaluator-start`: our evaluator, by the options of the official launcher. */
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

import { brokerEntry } from '@manyhands/evaluator'

import { runEvaluator } from '../run-evaluator.ts'
import { runMain } from '../run-main.ts'
import {
  createStartCommand,
  defaultPidFile,
  readStartOptions,
  sandboxTypes,
  type StartFlags,
} from './evaluator-start-options.ts'
import { writePidFile } from './pid-file.ts'

function print(flags: StartFlags, value: unknown, lines: readonly string[]): number {
  process.stdout.write(flags.json === true ? `${JSON.stringify(value)}\n` : `${lines.join('\n')}\n`)
  return 0
}

/** The evaluator says where it listens in a line of JSON, of which the person is told. */
function tellReady(output: Readable): void {
  createInterface({ input: output }).on('line', (line) => {
    const { listen } = JSON.parse(line) as { listen: string }
    process.stdout.write(`Listening on ${listen}\n`)
  })
}

async function main(): Promise<number> {
  const command = createStartCommand()
  command.parse()
  const { evaluator, flags, notes } = readStartOptions(command)
  const program = fileURLToPath(brokerEntry)
  if (flags.dumpTypes === true) return print(flags, sandboxTypes, sandboxTypes)
  if (flags.dumpFiles === true) return print(flags, [program], [program])
  if (flags.dump === true) {
    const configuration = { evaluator: program, options: evaluator, sandboxType: flags.sandboxType }
    return print(flags, configuration, [`${program} ${evaluator.join(' ')}`])
  }
  for (const note of notes) process.stderr.write(`dcp-evaluator-start: ${note}\n`)
  const file = flags.pidFile === true ? defaultPidFile : flags.pidFile
  const removePidFile = file === undefined ? undefined : writePidFile(file)
  if (flags.verbose === true) process.stderr.write(`${program} ${evaluator.join(' ')}\n`)
  try {
    if (flags.stdio === true) return await runEvaluator(evaluator, { stdio: 'inherit' })
    const stdio = ['pipe', 'pipe', 'inherit'] as const
    return await runEvaluator([...evaluator, '--lifeline'], {
      stdio: [...stdio],
      onOutput: tellReady,
    })
  } finally {
    removePidFile?.()
  }
}

await runMain(main)
