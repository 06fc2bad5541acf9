// What is asked of an official worker besides computing: to give back what it holds when it is told
// to leave, to keep to its compute groups, and to take no work that is paid too little.
import { strict as assert } from 'node:assert'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import type { NodeClient } from '@manyhands/client/node'

import { installFolder } from '../../scripts/install-folder.ts'
import { type RunningComputer, startComputer } from '../../scripts/start-computer.ts'
import { judge } from '../judge.ts'
import type { LongRunning } from '../long-running.ts'
import {
  dcpWorker,
  nodeWorker,
  type OfficialWorker,
  startLineEvaluator,
  startWorker,
  type WorkerTerms,
} from '../official-workers.ts'
import { connectOwner } from '../owner.ts'
import type { Suite, Verdict } from '../verdict.ts'

declare const progress: (value?: number) => true

interface Scene {
  readonly worker: OfficialWorker
  /** The other official worker. */
  readonly other: OfficialWorker
  readonly computer: RunningComputer
  readonly client: NodeClient
  /** Starts a worker, which is ended with the scene. */
  start(worker: OfficialWorker, terms?: WorkerTerms): Promise<LongRunning>
}

interface Duty {
  readonly program: string
  readonly feature: string
  /** @throws AssertionError when it does not do it. */
  readonly perform: (scene: Scene) => Promise<void>
}

interface SliceInfo {
  readonly sliceNumber: number
  readonly status: string
  readonly history: readonly { readonly worker: string }[]
}

const sliceMs = 2_000
const sliceCount = 16
/** Twice as many as an official worker has cores here: they cannot all be in progress, or on their way. */
const manyMore = 4

type Once = (name: 'result', listener: (event: unknown) => void) => unknown
type On = (name: 'console', listener: (event: unknown) => void) => unknown

/**
 * A slice that takes its time, and says so. The first ones are quick, so that the scheduler gives the
 * worker many of the others at once.
 */
async function slow(value: number, ms: number): Promise<number> {
  if (value > 4) console.log('begun', value)
  const until = Date.now() + (value > 4 ? ms : 50)
  while (Date.now() < until) {
    progress()
    // oxlint-disable-next-line no-await-in-loop -- the loop is the wait
    await new Promise((resolve) => {
      setTimeout(resolve, 100)
    })
  }
  return value * 10
}

/** Deploys the job. What becomes of it is of no interest once something else is wrong. */
function resultsOf(job: { exec(): Promise<Iterable<number>> }): Promise<number[]> {
  const results = job.exec().then((handle) => Array.from(handle))
  results.catch(() => undefined)
  return results
}

async function slicesOf(client: NodeClient, job: string): Promise<readonly SliceInfo[]> {
  return (await client.compute.getSliceInfo(job)) as unknown as readonly SliceInfo[]
}

/** Resolves when so many of the slices that take their time have begun. */
function begun(job: { readonly on: On }, count: number): Promise<void> {
  return new Promise((resolve) => {
    let heard = 0
    job.on('console', () => {
      heard += 1
      if (heard === count) resolve()
    })
  })
}

/** What the worker holds once it holds far more than it can compute at once, or after a while. */
async function heldOf(client: NodeClient, job: { readonly id: string; once: Once }) {
  await new Promise((resolve) => job.once('result', resolve))
  let held: readonly SliceInfo[] = []
  for (let turn = 0; turn < 150 && held.length <= manyMore; turn += 1) {
    // oxlint-disable no-await-in-loop -- it is asked until it holds enough
    await sleep(100)
    held = (await slicesOf(client, job.id)).filter(({ status }) => status === 'scheduled')
    // oxlint-enable no-await-in-loop
  }
  return held
}

const leave: Duty = {
  program: 'SIGINT',
  feature: 'returns its slices in the middle of a job, which another worker finishes',
  async perform({ client, other, start, worker }) {
    const first = await start(worker)
    const job = client.compute.for(1, sliceCount, slow, [sliceMs])
    // The Node worker that is told to leave while it starts a sandbox tries to end that one for ever.
    const both = begun(job, 2)
    const done = resultsOf(job)
    const [before] = await Promise.all([heldOf(client, job), both])
    assert.ok(before.length > manyMore, `it held ${before.length} slices`)
    assert.equal(await first.stop('SIGINT'), 0)
    const after = await slicesOf(client, job.id)
    const kept = after.filter(({ status }) => status === 'scheduled')
    assert.deepEqual(kept, [], 'it left without returning its slices')
    const computed = new Set(after.map(({ sliceNumber }) => sliceNumber))
    const returned = before.filter(({ sliceNumber }) => !computed.has(sliceNumber))
    assert.ok(returned.length > 0, 'it computed all that it held')

    await start(other)
    const results = await done
    assert.deepEqual(
      results,
      Array.from({ length: sliceCount }, (_, index) => (index + 1) * 10),
    )
    const workers = (await slicesOf(client, job.id)).map(({ history, sliceNumber }) => ({
      early: computed.has(sliceNumber),
      worker: history[0]?.worker,
    }))
    const early = new Set(workers.filter((one) => one.early).map((one) => one.worker))
    const late = new Set(workers.filter((one) => !one.early).map((one) => one.worker))
    assert.deepEqual([early.size, late.size], [1, 1])
    assert.notDeepEqual(early, late)
  },
}

const groups = ['ward', 'lab', 'elsewhere'].map((joinKey) => ({ joinKey, joinSecret: 'a secret' }))

const keepToGroups: Duty = {
  program: 'compute groups',
  feature: 'computes jobs of an official client in two private groups, and no others',
  async perform({ client, computer, start, worker }) {
    for (const group of groups) await client.computeGroups.createGroup(group, group.joinKey)
    const [group, second] = groups
    assert.ok(group !== undefined && second !== undefined)
    await start(worker, { group, groups: [second] })
    const { outcome, report } = await judge(
      {
        package: 'dcp-client@5.6.1',
        program: 'group-jobs.cjs',
        feature: '',
        path: fileURLToPath(new URL('../workers/group-jobs.cjs', import.meta.url)),
        environment: { GROUPS: JSON.stringify(groups) },
        expected: '[ 2, 4, 6 ]\n[ 2, 4, 6 ]\n0 0\n0 0\n',
      },
      computer,
    )
    assert.equal(outcome, 'green', report)
  },
}

const askForWage: Duty = {
  program: 'minimum wage',
  feature: 'asks for a wage and is given no unpaid job; another worker computes it',
  async perform({ client, other, start, worker }) {
    const job = client.compute.for(1, 4, (value: number) => {
      progress(1)
      return value * 10
    })
    const done = resultsOf(job)
    await new Promise((resolve) => job.once('accepted', resolve))
    const dear = await start(worker, { minimumWage: 1 })
    if (!dear.printed().includes('Fetching')) await dear.said('Fetching')
    assert.deepEqual(await slicesOf(client, job.id), [])
    await start(other)
    assert.deepEqual(await done, [10, 20, 30, 40])
    for (const { history } of await slicesOf(client, job.id)) {
      const id = history[0]?.worker
      assert.ok(id !== undefined && !dear.printed().includes(id), 'it computed for nothing')
    }
  },
}

const duties = [leave, keepToGroups, askForWage]

const workers: readonly { readonly worker: OfficialWorker; readonly other: OfficialWorker }[] = [
  { worker: dcpWorker, other: nodeWorker },
  { worker: nodeWorker, other: dcpWorker },
]

/** On a computer of its own, without a worker. */
async function judgeDuty(
  { feature, perform, program }: Duty,
  pair: Pick<Scene, 'worker' | 'other'>,
): Promise<Verdict> {
  const row = { package: pair.worker.package, program, feature }
  const computer = await startComputer(0)
  const running: LongRunning[] = []
  const evaluator = await startLineEvaluator()
  const client = await connectOwner(computer)
  async function start(worker: OfficialWorker, terms?: WorkerTerms): Promise<LongRunning> {
    const started = await startWorker(worker, computer, evaluator.port, terms)
    running.push(started)
    return started
  }
  try {
    await perform({ ...pair, computer, client, start })
    return { ...row, outcome: 'green', reason: '', report: '' }
  } catch (error) {
    const { message } = error as Error
    const report = [message, ...running.map(({ printed }) => printed())].join('\n')
    return { ...row, outcome: 'red', reason: message.split('\n')[0] ?? '', report }
  } finally {
    await client.close()
    for (const worker of running) await worker.stop('SIGKILL')
    await evaluator.running.stop('SIGTERM')
    await computer.close()
  }
}

export const workerDuties: Suite = {
  rows: workers.flatMap(({ worker }) =>
    duties.map(({ program }) => ({ package: worker.package, program })),
  ),
  async run(chosen, tell) {
    installFolder(new URL('../', import.meta.url))
    for (const pair of workers) {
      for (const duty of duties) {
        const row = { package: pair.worker.package, program: duty.program }
        if (chosen(row)) tell(await judgeDuty(duty, pair))
      }
    }
  },
}
