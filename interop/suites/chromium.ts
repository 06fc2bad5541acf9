// dcp-client 5.6.1 in Chromium: a page loads it from our scheduler by a script tag, deploys, and gets
// results; another page computes with the worker inside it.
import { fileURLToPath } from 'node:url'

import { installFolder } from '../../scripts/install-folder.ts'
import { type RunningComputer, startComputer } from '../../scripts/start-computer.ts'
import { findChromium, type OpenPage, openPage } from '../chromium/browser.ts'
import { judge } from '../judge.ts'
import type { Chosen, Suite, Verdict } from '../verdict.ts'
import { programs } from './client-5.ts'
import { ourClient } from './workers.ts'

const name = 'dcp-client@5.6.1 (Chromium)'
const pathOf = (file: string): string => fileURLToPath(new URL(`../${file}`, import.meta.url))

interface Row {
  readonly package: string
  readonly program: string
  readonly feature: string
}

const row = (program: string, feature: string): Row => ({ package: name, program, feature })

const example = row(
  'examples/vanilla-web/simple-job.html',
  "the first example, with the scheduler's location; the keystore chosen in its dialog",
)
const jobs = row('jobs.html', 'ranges, values, events, results again, errors, cancel')
const work = ['examples/nodejs/simple-job.js', 'ranges.cjs', 'values.cjs', 'local-modules.cjs']
const worker = [...programs.filter(({ program }) => work.includes(program)), ourClient].map(
  (program) => ({
    program,
    row: row(`worker.html: ${program.program}`, `its worker computes: ${program.feature}`),
  }),
)
const rows = [example, jobs, ...worker.map((one) => one.row)]

/** What `jobs.html` must say, each line as it is. */
const saidByJobs = [
  '"accepted" 22',
  '[1.5,2.5,3.5]',
  `["computing 1","computing 2","computing 3","halfway 1","halfway 2","halfway 3",${[1, 2, 3]
    .map((slice) => `"result ${slice}"`)
    .join(',')}]`,
  '[2.5,3.5]',
  '"finished"',
  'true',
  '[1,255]',
  '"1970-01-01T00:00:00.000Z" true true',
  '[[10,11],[12,13],[14]]',
  '"ETOOMANYERRORS"',
  '["ECANCEL","seen enough"]',
]

export const inChromium: Suite = {
  rows,
  async run(chosen, tell) {
    const chromium = findChromium()
    if (chromium === undefined) {
      const reason = 'there is no Chromium here; apt-get install chromium'
      for (const one of rows.filter(chosen)) {
        tell({ ...one, outcome: 'not run', reason, report: '' })
      }
      return
    }
    installFolder(new URL('../', import.meta.url))
    if ([example, jobs].some(chosen)) await judgeDeploying(chromium, chosen, tell)
    if (worker.some((one) => chosen(one.row))) await judgeWorker(chromium, chosen, tell)
  },
}

type Tell = (verdict: Verdict) => void

/** Starts a computer that has the official client to serve. */
const start = (sandboxes: number): Promise<RunningComputer> =>
  startComputer(sandboxes, [`--dcp-client=${pathOf('node_modules/dcp-client')}`])

async function judgeDeploying(chromium: string, chosen: Chosen, tell: Tell): Promise<void> {
  const computer = await start(2)
  try {
    if (chosen(example)) {
      const file = pathOf(`node_modules/dcp-client/${example.program}`)
      const mark = 'https://scheduler.distributed.computer/'
      const page = await openPage(chromium, computer, { file, mark })
      tell(await verdictOf(example, page, () => runExample(page, computer)))
    }
    if (chosen(jobs)) {
      const page = await openPage(chromium, computer, own('jobs'))
      tell(await verdictOf(jobs, page, () => runJobs(page)))
    }
  } finally {
    await computer.close()
  }
}

const own = (file: string): { readonly file: string; readonly mark: string } => ({
  file: pathOf(`chromium/${file}.html`),
  mark: '@scheduler@',
})

async function runExample(
  { page, said, heard }: OpenPage,
  { home }: RunningComputer,
): Promise<boolean> {
  await page.setInputFiles('input[type=file]', `${home}/.dcp/default.keystore`)
  await heard('Job completed')
  return said.some((line) => line.endsWith('here are the results:  [2, 4, 6, 8, 10]'))
}

async function runJobs({ said, heard }: OpenPage): Promise<boolean> {
  await heard('done')
  const begin = said.indexOf(saidByJobs[0] ?? '')
  return said.slice(begin, -1).join('\n') === saidByJobs.join('\n')
}

async function verdictOf(
  about: Row,
  page: OpenPage,
  run: () => Promise<boolean>,
): Promise<Verdict> {
  const reportOf = (): string => page.said.join('\n').slice(-4000)
  try {
    const good = await run()
    return good
      ? { ...about, outcome: 'green', reason: '', report: '' }
      : { ...about, outcome: 'red', reason: 'the page said something else', report: reportOf() }
  } catch (error) {
    const report = `${String(error)}\n${reportOf()}`
    return { ...about, outcome: 'red', reason: 'the page did not come to its end', report }
  } finally {
    await page.close()
  }
}

async function judgeWorker(chromium: string, chosen: Chosen, tell: Tell): Promise<void> {
  const computer = await start(0)
  try {
    const page = await openPage(chromium, computer, own('worker'))
    try {
      await page.heard('Ready.')
      for (const { program, row: about } of worker) {
        if (!chosen(about)) continue
        // oxlint-disable-next-line no-await-in-loop -- one page computes
        const verdict = await judge(program, computer)
        tell({ ...verdict, ...about, report: `${verdict.report}\n${page.said.join('\n')}` })
      }
    } finally {
      await page.close()
    }
  } finally {
    await computer.close()
  }
}
