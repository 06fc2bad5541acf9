// The official workers: they compute, in sandboxes of our evaluator, the jobs that official clients
// and our own deploy on a computer that has no worker itself.
import { fileURLToPath } from 'node:url'

import { installFolder } from '../../scripts/install-folder.ts'
import { startComputer } from '../../scripts/start-computer.ts'
import { type InteropProgram, judge } from '../judge.ts'
import type { LongRunning } from '../long-running.ts'
import {
  dcpWorker,
  type LineEvaluator,
  nodeWorker,
  type OfficialWorker,
  startLineEvaluator,
  startWorker,
} from '../official-workers.ts'
import type { Chosen, Suite, Verdict } from '../verdict.ts'
import { programs } from './client-5.ts'

const pathOf = (file: string): string => fileURLToPath(new URL(`../${file}`, import.meta.url))

const workers: readonly OfficialWorker[] = [dcpWorker, nodeWorker]

/**
 * Programs whose jobs official workers compute. Not those about errors: what a work function throws
 * is a result of an official worker, and a job of such results is resolved.
 */
const computed = new Set([
  'examples/nodejs/simple-job.js',
  'ranges.cjs',
  'arguments.cjs',
  'values.cjs',
  'events.cjs',
  'work-functions.cjs',
  'local-modules.cjs',
])

const ourClient: InteropProgram = {
  package: 'manyhands',
  program: 'our-client.ts',
  feature: 'a job of our client',
  path: pathOf('workers/our-client.ts'),
  flags: ['--conditions=@manyhands/source', '--import', 'tsx'],
  expected: '[1.5,4.5,9.5,16.5,25.5,36.5,49.5,64.5]\n',
}

const jobs = [...programs.filter(({ program }) => computed.has(program)), ourClient]

const leavingRow = { program: 'SIGINT', feature: 'the worker leaves when it is told to' }

async function judgeWorker(
  worker: OfficialWorker,
  chosen: Chosen,
  tell: (verdict: Verdict) => void,
): Promise<void> {
  installFolder(new URL('../', import.meta.url))
  const computer = await startComputer(0)
  let evaluator: LineEvaluator | undefined
  let running: LongRunning | undefined
  try {
    evaluator = await startLineEvaluator()
    running = await startWorker(worker, computer, evaluator.port)
    for (const job of jobs) {
      const row = { package: worker.package, program: job.program }
      if (!chosen(row)) continue
      const verdict = await judge(job, computer)
      const report = `${verdict.report}\n${running.printed()}`
      tell({ ...verdict, ...row, feature: `computes: ${job.feature}`, report })
    }
    const status = await running.stop('SIGINT')
    tell({
      ...leavingRow,
      package: worker.package,
      ...(status === 0
        ? { outcome: 'green', reason: '' }
        : { outcome: 'red', reason: `status ${String(status)}` }),
      report: running.printed(),
    })
  } finally {
    await running?.stop('SIGKILL')
    await evaluator?.running.stop('SIGTERM')
    await computer.close()
  }
}

const rowsOf = (worker: OfficialWorker): Suite['rows'] =>
  [...jobs, leavingRow].map(({ program }) => ({ package: worker.package, program }))

export const officialWorkers: Suite = {
  rows: workers.flatMap(rowsOf),
  async run(chosen, tell) {
    for (const worker of workers) {
      if (rowsOf(worker).some(chosen)) await judgeWorker(worker, chosen, tell)
    }
  },
}
