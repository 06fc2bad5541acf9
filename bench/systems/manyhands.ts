import { fileURLToPath } from 'node:url'

import { type RunningComputer, startComputer } from '../../scripts/start-computer.ts'
import { type Program, startProgram } from '../program.ts'
import type { RunningSystem, System } from '../system.ts'
import { runningSystem } from './programs.ts'

/** A whole Distributed Computer with two sandboxes, and a client, as a user starts them. */
export const manyhands: System = {
  name: 'Manyhands',
  durability: 'on each commit (SQLite, WAL, FULL)',
  unavailable: () => undefined,
  start: () => startManyhands(),
}

/** Starts the computer and the client; `dataDirectory` is where the computer stores. */
export async function startManyhands(): Promise<
  RunningSystem & { readonly dataDirectory: string }
> {
  const computer = await startComputer(2, [], 'compiled')
  try {
    return {
      ...runningSystem(await startSubmitter(computer), [computer]),
      dataDirectory: computer.dataDirectory,
    }
  } catch (error) {
    await computer.close()
    throw error
  }
}

/** Starts our client as a program that takes orders. */
export function startSubmitter({ home, url }: RunningComputer): Promise<Program> {
  return startProgram({
    command: process.execPath,
    args: [
      '--import',
      import.meta.resolve('tsx'),
      fileURLToPath(new URL('../manyhands-client.ts', import.meta.url)),
    ],
    env: { DCP_SCHEDULER_LOCATION: url, HOME: home },
  })
}
