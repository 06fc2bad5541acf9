// job-utility: reports, results and cancellation of jobs. Each sub-command by a job's owner, and
// where it matters by a stranger, who must be refused.
import { strict as assert } from 'node:assert'
import { join } from 'node:path'

import { decodeValueUri } from '@manyhands/protocol'

import { rowsOf } from './row.ts'
import type { UtilityRow } from './row.ts'
import type { Scene } from './scene.ts'

interface Listed {
  readonly job: string
  readonly address: string
  readonly status: string
}

const listed = async (scene: Scene, ...options: readonly string[]): Promise<readonly Listed[]> =>
  (await scene.json(['job-utility', 'listJobs', '-j', ...options])) as readonly Listed[]

const statusOf = async (scene: Scene, job: string): Promise<unknown> =>
  ((await scene.json(['job-utility', 'fetchJobReport', job, '-j'])) as Listed).status

const countOf = async (scene: Scene, ...args: readonly string[]): Promise<unknown> =>
  ((await scene.json(['job-utility', ...args, '-j'])) as { count: unknown }).count

/** Says no, with the code, on standard error, and leaves with 1. */
async function assertRefused(scene: Scene, args: readonly string[], code: string): Promise<void> {
  const home = scene.homes.stranger
  const { status, complaints } = await scene.run(['job-utility', ...args], { home })
  assert.equal(status, 1)
  assert.match(complaints, new RegExp(`Response Error.*${code}`))
}

async function list(scene: Scene): Promise<void> {
  const done = await scene.finished()
  const waiting = await scene.deploy({ waits: true })
  const all = new Map((await listed(scene)).map(({ job, status }) => [job, status]))
  assert.equal(all.get(done.id), 'finished')
  assert.ok(all.has(waiting.id))
  const finished = await listed(scene, '-s', 'finished')
  assert.ok(finished.some(({ job }) => job === done.id))
  assert.ok(finished.every(({ status }) => status === 'finished'))
}

async function countJobs(scene: Scene): Promise<void> {
  await scene.finished()
  const all = await listed(scene)
  assert.ok(all.length > 0)
  assert.equal(await countOf(scene, 'countJobs'), all.length)
  const home = scene.homes.stranger
  const strange = await scene.json(['job-utility', 'countJobs', '-j'], { home })
  assert.deepEqual(strange, { count: 0 })
}

async function countSlices(scene: Scene): Promise<void> {
  const { id, address } = await scene.finished()
  const byAddress = await scene.json(['job-utility', 'countSlices', address, '-j'])
  assert.deepEqual(byAddress, { count: 3, byStatus: { new: 0, scheduled: 0, finished: 3 } })
  assert.equal(await countOf(scene, 'countSlices', id), 3)
  await assertRefused(scene, ['countSlices', id], 'EPERM')
}

async function jobReport(scene: Scene): Promise<void> {
  const { id, address } = await scene.finished()
  const report = (await scene.json(['job-utility', 'fetchJobReport', id, '-j'])) as Record<
    string,
    unknown
  >
  const { status, totalSlices, completedSlices, activeSlices } = report
  assert.deepEqual([status, totalSlices, completedSlices, activeSlices], ['finished', 3, 3, 0])
  assert.equal(report['address'], address)
  await assertRefused(scene, ['fetchJobReport', id], 'EPERM')
  await assertRefused(scene, ['fetchJobReport', `j${'0'.repeat(22)}`], 'ENOENT')
}

async function sliceReport(scene: Scene): Promise<void> {
  const { address } = await scene.finished()
  const { printed } = await scene.run(['job-utility', 'fetchSliceReport', address])
  const { slices } = JSON.parse(printed.replace(/^Response: /, '')) as {
    slices: readonly { sliceNumber: number; status: string }[]
  }
  assert.deepEqual(
    slices.map(({ sliceNumber, status }) => [sliceNumber, status]),
    [1, 2, 3].map((slice) => [slice, 'finished']),
  )
  await assertRefused(scene, ['fetchSliceReport', address], 'EPERM')
}

async function results(scene: Scene): Promise<void> {
  const { id, address } = await scene.finished()
  const fetched = async (...args: readonly string[]): Promise<unknown> => {
    const rows = await scene.json(['job-utility', 'fetchResult', ...args, '-j'])
    return (rows as { slice: number; value: string }[]).map(({ slice, value }) => [
      slice,
      decodeValueUri(value),
    ])
  }
  assert.deepEqual(await fetched(id, '2', '3'), [
    [2, { double: 4 }],
    [3, { double: 6 }],
  ])
  assert.deepEqual(await fetched(address, '1'), [[1, { double: 2 }]])
  await assertRefused(scene, ['fetchResult', id, '1'], 'EPERM')
}

async function resultsToFile(scene: Scene): Promise<void> {
  const { id } = await scene.finished()
  const file = join(scene.directory, 'result-{slice}.json')
  const { status, complaints } = await scene.run([
    'job-utility',
    'fetchResult',
    id,
    '1',
    '-o',
    file,
  ])
  assert.equal(status, 1)
  assert.match(complaints, /slice is not defined/)
}

async function cancel(scene: Scene): Promise<void> {
  const { id, address } = await scene.deploy({ waits: true })
  await assertRefused(scene, ['cancelJob', id, 'out of spite'], 'EPERM')
  assert.notEqual(await statusOf(scene, id), 'cancelled')
  const reply = await scene.json(['job-utility', 'cancelJob', address, 'a reason', '-j'])
  assert.deepEqual(reply, { job: id, address, status: 'cancelled', released: '0' })
  assert.equal(await statusOf(scene, id), 'cancelled')
}

async function cancelAll(scene: Scene): Promise<void> {
  const done = await scene.finished()
  const waiting = [await scene.deploy({ waits: true }), await scene.deploy({ waits: true })]
  const replies = (await scene.json([
    ...['job-utility', 'cancelAllJobs', 'time to go', '-j'],
  ])) as readonly Listed[]
  const cancelled = new Set(replies.map(({ job }) => job))
  assert.ok(waiting.every(({ id }) => cancelled.has(id)))
  assert.ok(!cancelled.has(done.id))
  const live = await listed(scene, '-s', 'new', '-s', 'estimation', '-s', 'running')
  assert.deepEqual(live, [])
}

const row = rowsOf('job-utility')

export const jobUtility: readonly UtilityRow[] = [
  row('listJobs', 'all jobs of an owner; those of some states', list),
  row('countJobs', 'as many as are listed; none for a stranger', countJobs),
  row('countSlices', 'slices by state; a stranger is refused', countSlices),
  row('fetchJobReport', 'by id; of no job; a stranger is refused', jobReport),
  row('fetchSliceReport', 'each slice; a stranger is refused', sliceReport),
  row('fetchResult', 'values of a run of slices, of one; a stranger is refused', results),
  {
    ...row('fetchResult --output', 'results into files', resultsToFile),
    defect: 'the utility assigns to a variable that it does not declare',
  },
  row('cancelJob', 'the report says cancelled afterwards; a stranger is refused', cancel),
  row('cancelAllJobs', 'every live job of an account; finished ones stay', cancelAll),
]
