// The examples of both official clients that serve data and work functions themselves, on ports of
// their own choice. They go on serving when their job is done: the line with its results is waited for.
import { fileURLToPath } from 'node:url'

import { installFolder } from '../../scripts/install-folder.ts'
import { type RunningComputer, startComputer } from '../../scripts/start-computer.ts'
import { environmentOf } from '../program-environment.ts'
import { startLongRunning } from '../long-running.ts'
import type { Suite, Verdict } from '../verdict.ts'

const clients = [
  { package: 'dcp-client@5.6.1', folder: new URL('../', import.meta.url) },
  { package: 'dcp-client@4.4.29', folder: new URL('../client-4.4.29/', import.meta.url) },
]

/** What the examples call themselves; workers must be allowed to reach it. */
const origins = ['http://localhost:1234', 'http://localhost:2345']
const begin = 'Job completed, here are the results: '

const examples = [
  { file: 'simple-job-remote-input.js', feature: 'slices at URLs', results: "[ 'FOO', 'BAR' ]" },
  {
    file: 'simple-job-remote-data-pattern.js',
    feature: 'slices at a pattern of URLs',
    results: "[ 'FOO', 'BAR' ]",
  },
  {
    file: 'simple-job-remote-function.js',
    feature: 'a work function at a URL',
    results: '[ 2, 4, 6, 8 ]',
  },
]

const rows = clients.flatMap((client) =>
  examples.map(({ file, feature, results }) => ({
    package: client.package,
    program: `examples/nodejs/remote-data/${file}`,
    feature,
    results,
    folder: client.folder,
  })),
)

type Row = (typeof rows)[number]

export const remoteExamples: Suite = {
  rows,
  async run(chosen, tell) {
    const computer = await startComputer(
      2,
      origins.map((origin) => `--allow-origin=${origin}`),
    )
    try {
      for (const row of rows.filter(chosen)) {
        installFolder(row.folder)
        // oxlint-disable-next-line no-await-in-loop -- they all want the same port
        tell(await judgeExample(row, computer))
      }
    } finally {
      await computer.close()
    }
  },
}

async function judgeExample(
  { folder, results, ...row }: Row,
  computer: RunningComputer,
): Promise<Verdict> {
  const path = fileURLToPath(new URL(`node_modules/dcp-client/${row.program}`, folder))
  const running = startLongRunning([path], environmentOf(computer))
  try {
    const line = await running.said(begin)
    const report = running.printed()
    return line.trim() === `${begin} ${results}`
      ? { ...row, outcome: 'green', reason: '', report }
      : { ...row, outcome: 'red', reason: 'other results than expected', report }
  } catch (error) {
    return { ...row, outcome: 'red', reason: 'it told no results', report: String(error) }
  } finally {
    await running.stop('SIGKILL')
  }
}
