// Our client and worker, and the official ones, in every pairing on a computer of ours.
import { fileURLToPath } from 'node:url'

import { environmentOf } from '../../interop/program-environment.ts'
import { nodeWorker, startLineEvaluator, startWorker } from '../../interop/official-workers.ts'
import { installFolder } from '../../scripts/install-folder.ts'
import { type RunningComputer, startComputer } from '../../scripts/start-computer.ts'
import { type Program, startProgram } from '../program.ts'
import type { RunningSystem, System } from '../system.ts'
import { startSubmitter } from './manyhands.ts'
import { runningSystem } from './programs.ts'

interface Serving {
  readonly pid: number
  close(): Promise<void>
}

const official = 'dcp-client 5.6.1'

function startOfficialClient(computer: RunningComputer): Promise<Program> {
  installFolder(new URL('../../interop/', import.meta.url))
  return startProgram({
    command: process.execPath,
    args: [fileURLToPath(new URL('../official-client.mjs', import.meta.url))],
    env: environmentOf(computer),
  })
}

/** The worker inside dcp-client with two sandboxes of our evaluator. */
async function startOfficialWorker(computer: RunningComputer): Promise<Serving[]> {
  const evaluator = await startLineEvaluator()
  const stopEvaluator = async (): Promise<void> => void (await evaluator.running.stop('SIGTERM'))
  try {
    const worker = await startWorker(nodeWorker, computer, evaluator.port)
    return [
      { pid: worker.pid, close: async () => void (await worker.stop('SIGINT')) },
      { pid: evaluator.running.pid, close: stopEvaluator },
    ]
  } catch (error) {
    await stopEvaluator()
    throw error
  }
}

interface Pairing {
  readonly client: 'ours' | 'official'
  readonly worker: 'ours' | 'official'
}

const nameOf = { ours: 'ours', official }

async function startPairing({ client, worker }: Pairing): Promise<RunningSystem> {
  const computer = await startComputer(worker === 'ours' ? 2 : 0, [], 'compiled')
  const serving: Serving[] = []
  try {
    if (worker === 'official') serving.push(...(await startOfficialWorker(computer)))
    const start = client === 'ours' ? startSubmitter : startOfficialClient
    return runningSystem(await start(computer), [...serving, computer])
  } catch (error) {
    for (const one of serving) await one.close()
    await computer.close()
    throw error
  }
}

const pairing = (pair: Pairing): System => ({
  name: `client: ${nameOf[pair.client]}, worker: ${nameOf[pair.worker]}`,
  durability: 'on each commit (SQLite, WAL, FULL)',
  unavailable: () => undefined,
  start: () => startPairing(pair),
})

/** Ours alone first. */
export const pairings: readonly System[] = [
  pairing({ client: 'ours', worker: 'ours' }),
  pairing({ client: 'official', worker: 'ours' }),
  pairing({ client: 'ours', worker: 'official' }),
  pairing({ client: 'official', worker: 'official' }),
]
