import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { startProgram } from '../program.ts'
import type { RunningSystem, System } from '../system.ts'
import { runningSystem } from './programs.ts'

/** A whole Distributed Computer with two sandboxes, and a client, as a user starts them. */
export const manyhands: System = {
  name: 'Manyhands',
  durability: 'on each commit (SQLite, WAL, FULL)',
  unavailable: () => undefined,
  start: () => startManyhands(),
}

/** The line that `manyhands up --json` prints when it is ready. */
interface ComputerReady {
  readonly url: string
  readonly keystores: { readonly id: string; readonly default: string }
}

/** Starts the computer and the client; `dataDirectory` is where the computer stores. */
export async function startManyhands(): Promise<
  RunningSystem & { readonly dataDirectory: string }
> {
  const directory = await mkdtemp(join(tmpdir(), 'bench-manyhands-'))
  const dataDirectory = join(directory, 'data')
  const home = join(directory, 'home')
  const computer = await startProgram({
    command: process.execPath,
    args: [
      fileURLToPath(new URL('../../packages/cli/bin/manyhands.js', import.meta.url)),
      'up',
      '--no-sample',
      '--json',
      '--port=0',
      '--sandboxes=2',
      '--log-level=error',
      `--data=${dataDirectory}`,
    ],
    signal: 'SIGTERM',
  })
  const { url, keystores }: ComputerReady = JSON.parse(computer.greeting)
  await mkdir(join(home, '.dcp'), { recursive: true, mode: 0o700 })
  await copyFile(keystores.id, join(home, '.dcp', 'id.keystore'))
  await copyFile(keystores.default, join(home, '.dcp', 'default.keystore'))
  const submitter = await startProgram({
    command: process.execPath,
    args: [
      '--conditions=@manyhands/source',
      '--import',
      import.meta.resolve('tsx'),
      fileURLToPath(new URL('../manyhands-client.ts', import.meta.url)),
    ],
    env: { DCP_SCHEDULER_LOCATION: url, HOME: home },
  })
  const running = runningSystem(submitter, [computer], () =>
    rm(directory, { recursive: true, force: true }),
  )
  return { ...running, dataDirectory }
}
