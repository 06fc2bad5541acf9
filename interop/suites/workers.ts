// The official workers: they compute, in sandboxes of our evaluator, the jobs that official clients
// and our own deploy on a computer that has no worker itself.
import { fileURLToPath } from 'node:url'

import { brokerEntry } from '@manyhands/evaluator'
import { nodeFlags } from '@manyhands/service'

import { installFolder } from '../../scripts/install-folder.ts'
import { startComputer } from '../../scripts/start-computer.ts'
import { environmentOf, type InteropProgram, judge } from '../judge.ts'
import { type LongRunning, startLongRunning } from '../long-running.ts'
import type { Chosen, Suite, Verdict } from '../verdict.ts'
import { programs } from './client-5.ts'

interface OfficialWorker {
  /** The package it is, as published. */
  readonly package: string
  readonly folder: URL
  /** Its command line; the evaluator is at this port of this machine. */
  readonly command: (port: string) => readonly string[]
  readonly environment: (port: string) => Readonly<Record<string, string>>
}

const pathOf = (file: string): string => fileURLToPath(new URL(`../${file}`, import.meta.url))

const workers: readonly OfficialWorker[] = [
  {
    package: 'dcp-worker@3.3.19',
    folder: new URL('../worker-3.3.19/', import.meta.url),
    command: (port) => [
      pathOf('worker-3.3.19/node_modules/dcp-worker/bin/dcp-worker'),
      ...['-H', '127.0.0.1', '-p', port, '-c', '2,0', '-m', '2', '-o', 'console'],
    ],
    environment: () => ({}),
  },
  {
    package: 'dcp-client@5.6.1 (worker)',
    folder: new URL('../', import.meta.url),
    command: () => [pathOf('workers/node-worker.cjs')],
    environment: (port) => ({
      DCP_CONFIG_EVALUATOR: `{ location: new URL('http://127.0.0.1:${port}') }`,
    }),
  },
]

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
  installFolder(worker.folder)
  const computer = await startComputer(0)
  const entry = [...nodeFlags(brokerEntry), fileURLToPath(brokerEntry)]
  const evaluator = startLongRunning([...entry, '--listen', '127.0.0.1:0'], {
    PATH: process.env['PATH'] ?? '',
  })
  let running: LongRunning | undefined
  try {
    const ready = JSON.parse(await evaluator.said('"listen"')) as { listen: string }
    const port = ready.listen.split(':').at(-1) ?? ''
    const environment = { ...environmentOf(computer), ...worker.environment(port) }
    running = startLongRunning(worker.command(port), environment)
    await running.said('Ready.')
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
    await evaluator.stop('SIGTERM')
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
