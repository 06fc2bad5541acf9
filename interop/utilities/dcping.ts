// dcping: deploys small jobs and counts what comes back. By default its slices must each have a worker
// of their own, and there is one here.
import { strict as assert } from 'node:assert'

import { rowsOf } from './row.ts'
import type { UtilityRow } from './row.ts'
import type { Scene } from './scene.ts'

interface Counts {
  readonly deployed: number
  readonly completed: number
  readonly sent: number
  readonly returned: number
}

/** What it counted when it left. */
function countsOf(printed: string): Counts {
  const jobs = /(\d+) jobs deployed, (\d+) jobs completed/.exec(printed)
  const slices = /(\d+) slices submitted to scheduler, (\d+) slices returned/.exec(printed)
  const [, deployed, completed] = jobs ?? []
  const [, sent, returned] = slices ?? []
  return {
    deployed: Number(deployed),
    completed: Number(completed),
    sent: Number(sent),
    returned: Number(returned),
  }
}

async function ping(scene: Scene): Promise<void> {
  const { status, printed } = await scene.run(['dcping', '-c', '1', '-s', '1'])
  assert.equal(status, 0)
  assert.match(printed, /Time for completion = \d+ ms/)
  assert.deepEqual(countsOf(printed), { deployed: 1, completed: 1, sent: 1, returned: 1 })
}

async function several(scene: Scene): Promise<void> {
  const args = ['dcping', '-c', '2', '-s', '5', '--discrete=false', '--keystore', 'default', '-v']
  const { status, printed } = await scene.run(args)
  assert.equal(status, 0)
  assert.deepEqual(countsOf(printed), { deployed: 2, completed: 2, sent: 10, returned: 10 })
  const ids = [...printed.matchAll(/Deployed job with ID (\w+)/g)].map(([, id]) => id)
  const jobs = (await scene.json(['job-utility', 'listJobs', '-j', '-s', 'finished'])) as readonly {
    readonly job: string
  }[]
  assert.equal(jobs.filter(({ job }) => ids.includes(job)).length, 2)
}

/** Until it is interrupted; what was deployed by then is mostly back. */
async function flood(scene: Scene): Promise<void> {
  const interruptAfter = 'Job completed'
  const { printed } = await scene.run(['dcping', '-f', '-s', '1', '-v'], { interruptAfter })
  const { deployed, completed, returned } = countsOf(printed)
  assert.ok(deployed >= 1 && completed >= 1 && returned >= completed, printed)
}

async function interval(scene: Scene): Promise<void> {
  const interruptAfter = 'Time for completion'
  const args = ['dcping', '--interval', '0.5', '-s', '1']
  const { printed } = await scene.run(args, { interruptAfter })
  assert.deepEqual(countsOf(printed), { deployed: 1, completed: 1, sent: 1, returned: 1 })
}

const row = rowsOf('dcping')

export const dcpingRows: readonly UtilityRow[] = [
  row('--slices', 'a job of one discrete slice, paid for by the default account', ping),
  row('--count', 'several jobs of several slices, one account by name', several),
  row('--flood', 'jobs until it is interrupted', flood),
  row('--interval', 'a job now and then, until it is interrupted', interval),
]
