// The official workers: they compute, in sandboxes of our evaluator and of their own, the jobs that
// official clients and our own deploy on a computer that has no worker itself.
import { readFileSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { installFolder } from '../../scripts/install-folder.ts'
import { type RunningComputer, startComputer } from '../../scripts/start-computer.ts'
import { type InteropProgram, judge } from '../judge.ts'
import type { LongRunning } from '../long-running.ts'
import {
  dcpWorker,
  type LineEvaluator,
  nodeWorker,
  type OfficialWorker,
  startLineEvaluator,
  startManagedEvaluator,
  startOfficialEvaluator,
  startWorker,
  whyNoOfficialEvaluator,
} from '../official-workers.ts'
import { folderOfProgram } from '../program-folder.ts'
import type { Suite, Verdict } from '../verdict.ts'
import { programs } from './client-5.ts'

const pathOf = (file: string): string => fileURLToPath(new URL(`../${file}`, import.meta.url))

/**
 * Programs whose jobs official workers compute. Not those about errors: what a work function throws
 * is a result of an official worker, and a job of such results is resolved.
 */
const computed = new Set([
  'examples/nodejs/simple-job.js',
  'ranges.cjs',
  'arguments.cjs',
  'large.cjs',
  'python.cjs',
  'values.cjs',
  'events.cjs',
  'work-functions.cjs',
  'local-modules.cjs',
])

interface Job extends InteropProgram {
  /** Where the client is installed, if the program is to find another one than where it lies. */
  readonly packages?: URL
}

/** For any worker but ours. */
export const ourClient: InteropProgram = {
  package: 'manyhands',
  program: 'our-client.ts',
  feature: 'a job of our client',
  path: pathOf('workers/our-client.ts'),
  flags: ['--conditions=@manyhands/source', '--import', 'tsx'],
  expected: '[1.5,4.5,9.5,16.5,25.5,36.5,49.5,64.5]\n',
}

/** Our worker takes a short slice without a sign of life, so this is none of the client's programs. */
const noProgress: Job = {
  package: 'dcp-client@5.6.1',
  program: 'no-progress.cjs',
  feature: 'noProgress and error events of work that never calls progress',
  path: pathOf('programs/no-progress.cjs'),
  expected: readFileSync(pathOf('programs/no-progress.out'), 'utf8'),
}

/** Of the older client, in dialect 4. */
const jobsOfClient4 = ['values.cjs', 'work-functions.cjs', 'python.cjs'].flatMap((name) =>
  programs
    .filter(({ program }) => program === name)
    .map((one): Job => ({
      ...one,
      program: `${name} of dcp-client@4.4.29`,
      packages: new URL('../client-4.4.29/', import.meta.url),
    })),
)

/**
 * Each client asks for the interpreter of its own time: that of our evaluator (0.28) does for one, that
 * of the older official one (0.26) for the other.
 */
const newPython = 'python.cjs'
const oldPython = 'python.cjs of dcp-client@4.4.29'

const jobs: readonly Job[] = [
  ...programs.filter(({ program }) => computed.has(program)),
  noProgress,
  ...jobsOfClient4,
  ourClient,
]

/** An official worker and the evaluator that it uses. */
interface Pair {
  readonly package: string
  readonly worker: OfficialWorker
  readonly jobs: readonly Job[]
  readonly startEvaluator: () => Promise<LineEvaluator>
  /** Why it cannot run here. */
  readonly obstacle?: () => string | undefined
}

const pairs: readonly Pair[] = [
  ...[dcpWorker, nodeWorker].map((worker) => ({
    package: worker.package,
    worker,
    jobs: jobs.filter(({ program }) => program !== oldPython),
    startEvaluator: () => startLineEvaluator(),
  })),
  {
    package: `${dcpWorker.package} (dcp-evaluator-manager)`,
    worker: dcpWorker,
    jobs: jobs.slice(0, 1),
    startEvaluator: startManagedEvaluator,
  },
  {
    package: `${dcpWorker.package} (its own evaluator)`,
    worker: dcpWorker,
    // Ranges are many jobs, each needs a sandbox, and this evaluator takes a second for one.
    jobs: jobs.filter(({ program }) => program !== 'ranges.cjs' && program !== newPython),
    startEvaluator: startOfficialEvaluator,
    obstacle: whyNoOfficialEvaluator,
  },
]

async function judgePair(
  { package: name, startEvaluator, worker }: Pair,
  wanted: readonly Job[],
  tell: (verdict: Verdict) => void,
): Promise<void> {
  installFolder(new URL('../', import.meta.url))
  const computer = await startComputer(0)
  let evaluator: LineEvaluator | undefined
  let running: LongRunning | undefined
  try {
    evaluator = await startEvaluator()
    running = await startWorker(worker, computer, evaluator.port)
    for (const job of wanted) {
      const verdict = await judgeJob(job, computer)
      const report = `${verdict.report}\n${running.printed()}\n${evaluator.running.printed()}`
      tell({ ...verdict, ...rowOf(name, job), report })
    }
  } finally {
    await running?.stop('SIGKILL')
    await evaluator?.running.stop('SIGTERM')
    await computer.close()
  }
}

async function judgeJob(job: Job, computer: RunningComputer): Promise<Verdict> {
  const { packages, path } = job
  if (packages === undefined) return judge(job, computer)
  installFolder(packages)
  const folder = folderOfProgram(basename(path), packages)
  try {
    return await judge({ ...job, path: join(folder, basename(path)) }, computer)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function rowOf(name: string, { feature, program }: InteropProgram) {
  return { package: name, program, feature: `computes: ${feature}` }
}

export const officialWorkers: Suite = {
  rows: pairs.flatMap((pair) => pair.jobs.map((job) => rowOf(pair.package, job))),
  async run(chosen, tell) {
    for (const pair of pairs) {
      const wanted = pair.jobs.filter((job) => chosen(rowOf(pair.package, job)))
      const obstacle = wanted.length === 0 ? undefined : pair.obstacle?.()
      if (obstacle === undefined && wanted.length > 0) await judgePair(pair, wanted, tell)
      else {
        for (const job of wanted) {
          const why = { outcome: 'not run', reason: obstacle ?? '', report: '' } as const
          tell({ ...rowOf(pair.package, job), ...why })
        }
      }
    }
  },
}
