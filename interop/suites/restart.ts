// A scheduler that is killed in the middle of a job and started again on the same data: official
// clients of both dialects go on where they were.
import { strict as assert } from 'node:assert'
import { rmSync } from 'node:fs'
import { join } from 'node:path'

import { installFolder } from '../../scripts/install-folder.ts'
import { type RunningComputer, startComputer } from '../../scripts/start-computer.ts'
import { type LongRunning, startLongRunning } from '../long-running.ts'
import { environmentOf } from '../program-environment.ts'
import { folderOfProgram } from '../program-folder.ts'
import type { Suite, Verdict } from '../verdict.ts'

interface Client {
  readonly package: string
  readonly folder: URL
}

const clients: readonly Client[] = [
  { package: 'dcp-client@5.6.1', folder: new URL('../', import.meta.url) },
  { package: 'dcp-client@4.4.29', folder: new URL('../client-4.4.29/', import.meta.url) },
]

const program = 'reconnect.cjs'

const rowOf = ({ package: name }: Client): Omit<Verdict, 'outcome' | 'reason' | 'report'> => ({
  package: name,
  program,
  feature: 'goes on with its job when the scheduler is killed and started again meanwhile',
})

const sandboxes = 2

/** Kills the computer, workers and all, and starts it again where it was. */
async function startAgain({ dataDirectory, pid, url }: RunningComputer): Promise<RunningComputer> {
  process.kill(pid, 'SIGKILL')
  const { port } = new URL(url)
  return startComputer(sandboxes, [`--port=${port}`, `--data=${dataDirectory}`])
}

async function judgeClient(client: Client): Promise<Verdict> {
  installFolder(client.folder)
  const folder = folderOfProgram(program, client.folder)
  const computers = [await startComputer(sandboxes)]
  let running: LongRunning | undefined
  try {
    const [first] = computers
    assert.ok(first !== undefined)
    // A promise that an official client lets go is rejected when its session ends while it answers an
    // event; Node is told to go on, as in a program that is meant to outlive its scheduler.
    const flags = ['--unhandled-rejections=warn', join(folder, program)]
    running = startLongRunning(flags, environmentOf(first))
    const ended = running.said('finished')
    // Whether it ends is of no interest before it has begun.
    ended.catch(() => undefined)
    await running.said('some results')
    computers.push(await startAgain(first))
    await ended
    assert.match(running.printed(), /^40 true$\n^events: true$\n^finished$/m)
    return { ...rowOf(client), outcome: 'green', reason: '', report: '' }
  } catch (error) {
    const { message } = error as Error
    const reason = message.split('\n')[0] ?? ''
    return { ...rowOf(client), outcome: 'red', reason, report: running?.printed() ?? message }
  } finally {
    await running?.stop('SIGKILL')
    for (const computer of computers.toReversed()) await computer.close()
    rmSync(folder, { recursive: true })
  }
}

export const restart: Suite = {
  rows: clients.map(rowOf),
  async run(chosen, tell) {
    for (const client of clients) if (chosen(rowOf(client))) tell(await judgeClient(client))
  },
}
