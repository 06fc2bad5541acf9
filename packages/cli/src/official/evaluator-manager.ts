/** The entry of `dcp-evaluator-manager`. Status 2: its port cannot be had. */
import { systemClock, systemRandom } from '@manyhands/protocol'

import { createManagerCommand } from '../evaluator-manager/command.ts'
import { startManager } from '../evaluator-manager/manager.ts'
import { readManagerOptions } from '../evaluator-manager/options.ts'
import { runMain } from '../run-main.ts'
import { listenForLeaving, untilLeaving } from '../signals.ts'
import { writePidFile } from './pid-file.ts'

const noPortStatus = 2

function tell(what: string): void {
  process.stdout.write(`${what}\n`)
}

function complain(what: string): void {
  process.stderr.write(`dcp-evaluator-manager: ${what}\n`)
}

async function main(): Promise<number> {
  const command = createManagerCommand().parse()
  const options = readManagerOptions(command)
  for (const note of options.notes) complain(note)
  const removePidFile = options.pidFile === undefined ? undefined : writePidFile(options.pidFile)
  const { signal } = options
  const leaving = listenForLeaving(false, signal === undefined ? [] : [signal.name])
  try {
    const manager = await startManager(options, {
      clock: systemClock,
      random: systemRandom,
      env: process.env,
      tell,
      detail: options.verbose ? tell : () => undefined,
    })
    tell(`Listening on 127.0.0.1:${manager.port}`)
    await untilLeaving(leaving)
    await manager.close()
    return 0
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall !== 'listen') throw error
    complain(`cannot listen on port ${options.port}: ${(error as Error).message}`)
    return noPortStatus
  } finally {
    leaving.close()
    removePidFile?.()
  }
}

await runMain(main)
