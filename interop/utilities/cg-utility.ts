// cg-utility: compute groups. It leaves with 0 whatever the service answers, so rows read the answer,
// and look with another request whether it is so.
import { strict as assert } from 'node:assert'

import { rowsOf } from './row.ts'
import type { UtilityRow } from './row.ts'
import type { Scene } from './scene.ts'

interface Answer {
  readonly success: boolean
  readonly payload?: unknown
  readonly error?: { readonly code: string }
}

const ask = async (
  scene: Scene,
  args: readonly string[],
  options?: { readonly home: string },
): Promise<Answer> => (await scene.json(['cg-utility', ...args, '-j'], options)) as Answer

/** What it is refused with. */
const codeOf = async (...asked: Parameters<typeof ask>): Promise<unknown> => {
  const { success, error } = await ask(...asked)
  assert.equal(success, false)
  return error?.code
}

let groups = 0

/** Makes a group with the secret `open sesame`; its login name. */
async function createGroup(scene: Scene, ...options: readonly string[]): Promise<string> {
  const joinKey = `lab-${process.pid}-${(groups += 1)}`
  const secret = ['--joinKey', joinKey, '--joinSecret', 'open sesame']
  const { success, payload } = await ask(scene, ['create', 'the lab', ...secret, ...options])
  assert.equal(success, true)
  assert.match(String(payload), /^[A-Za-z0-9]{22}$/)
  return joinKey
}

const jobsOf = async (scene: Scene, joinKey: string): Promise<readonly unknown[]> => {
  const { success, payload } = await ask(scene, ['listJobs', '--joinKey', joinKey])
  assert.equal(success, true)
  return (payload as readonly { readonly job: string }[]).map(({ job }) => job)
}

const byStranger = (scene: Scene): { readonly home: string } => ({ home: scene.homes.stranger })
const waiting = { waits: true }

async function create(scene: Scene): Promise<void> {
  const joinKey = await createGroup(scene, '-D', 'for tests', '--commissionRate', '0.1')
  const again = ['create', 'mine', '--joinKey', joinKey, '--joinSecret', 'other']
  assert.equal(await codeOf(scene, again, byStranger(scene)), 'EEXIST')
  const knows = { joinKey, joinSecret: 'open sesame' }
  const { id } = await scene.deploy({ ...waiting, group: knows }, byStranger(scene))
  assert.deepEqual(await jobsOf(scene, joinKey), [id])
  const guesses = { group: { joinKey, joinSecret: 'open barley' } }
  assert.equal(await scene.refusal(guesses, byStranger(scene)), 'DCPL-1100')
}

async function createWithHash(scene: Scene): Promise<void> {
  const joinKey = `hashed-${process.pid}`
  const { printed } = await scene.run(['cg-utility', 'hash', joinKey, 'open sesame'])
  const args = ['create', 'hashed', '--joinKey', joinKey, '--joinHash', printed.trim()]
  assert.equal((await ask(scene, args)).success, true)
  const knows = { joinKey, joinSecret: 'open sesame' }
  const { id } = await scene.deploy({ ...waiting, group: knows }, byStranger(scene))
  assert.deepEqual(await jobsOf(scene, joinKey), [id])
}

async function change(scene: Scene): Promise<void> {
  const joinKey = await createGroup(scene)
  const which = ['--joinKey', joinKey]
  assert.equal(await codeOf(scene, ['change', ...which, '--name', 'x'], byStranger(scene)), 'EPERM')
  const limits = ['--maxConcurrentJobs', '1', '--commissionRate', '0.25']
  const changed = await ask(scene, ['change', ...which, '--name', 'the new lab', ...limits])
  const payload = changed.payload as Readonly<Record<string, unknown>>
  assert.deepEqual(
    [payload['name'], payload['maxConcurrentJobs'], payload['commissionRate']],
    ['the new lab', 1, 0.25],
  )
  const group = { joinKey, joinSecret: 'open sesame' }
  await scene.deploy({ ...waiting, group })
  assert.equal(await scene.refusal({ group }), 'DCPL-1100')
}

async function changeSecret(scene: Scene): Promise<void> {
  const joinKey = await createGroup(scene)
  const { printed } = await scene.run(['cg-utility', 'hash', joinKey, 'a new secret'])
  const args = ['change', '--joinKey', joinKey, '--joinHash', printed.trim()]
  assert.equal((await ask(scene, args)).success, true)
  const old = { group: { joinKey, joinSecret: 'open sesame' } }
  assert.equal(await scene.refusal(old, byStranger(scene)), 'DCPL-1100')
  const group = { joinKey, joinSecret: 'a new secret' }
  await scene.deploy({ ...waiting, group }, byStranger(scene))
}

async function listJobs(scene: Scene): Promise<void> {
  const joinKey = await createGroup(scene)
  assert.deepEqual(await jobsOf(scene, joinKey), [])
  const group = { joinKey, joinSecret: 'open sesame' }
  const { id } = await scene.deploy({ ...waiting, group })
  assert.deepEqual(await jobsOf(scene, joinKey), [id])
  const args = ['listJobs', '--joinKey', joinKey]
  assert.equal(await codeOf(scene, args, byStranger(scene)), 'EPERM')
}

async function removeJob(scene: Scene): Promise<void> {
  const joinKey = await createGroup(scene)
  const group = { joinKey, joinSecret: 'open sesame' }
  const first = await scene.deploy({ ...waiting, group })
  const second = await scene.deploy({ ...waiting, group })
  const args = ['removeJob', first.address, '--joinKey', joinKey]
  assert.equal(await codeOf(scene, args, byStranger(scene)), 'EPERM')
  assert.deepEqual(await ask(scene, args), { success: true, payload: first.id })
  assert.deepEqual(await jobsOf(scene, joinKey), [second.id])
  assert.equal(await codeOf(scene, args), 'ENOENT')
}

async function removeAllJobs(scene: Scene): Promise<void> {
  const joinKey = await createGroup(scene)
  const group = { joinKey, joinSecret: 'open sesame' }
  const { id } = await scene.deploy({ ...waiting, group })
  const { payload } = await ask(scene, ['removeAllJobs', '--joinKey', joinKey])
  assert.deepEqual((payload as readonly { readonly job: string }[])[0]?.job, id)
  assert.deepEqual(await jobsOf(scene, joinKey), [id])
}

async function remove(scene: Scene): Promise<void> {
  const joinKey = await createGroup(scene)
  const args = ['delete', '--joinKey', joinKey]
  assert.equal(await codeOf(scene, args, byStranger(scene)), 'EPERM')
  assert.equal((await ask(scene, args)).success, true)
  assert.equal(await codeOf(scene, ['listJobs', '--joinKey', joinKey]), 'ENOENT')
  assert.equal(await codeOf(scene, args), 'ENOENT')
}

async function hash(scene: Scene): Promise<void> {
  const { status, printed } = await scene.run(['cg-utility', 'hash', 'dcpDemo', 'theSecret'])
  assert.equal(status, 0)
  const known = 'eh1-6ca713e611fd01cc846861c3dd91e89bdc6146a73161e1c95c9f4bd6e726952f'
  assert.equal(printed, `${known}\n`)
}

const row = rowsOf('cg-utility')

export const cgUtility: readonly UtilityRow[] = [
  row('hash', 'the hash of a login name and secret', hash),
  row('create', 'who knows the secret can deploy into it, who guesses cannot', create),
  row('create --joinHash', 'the same with a hash in place of the secret', createWithHash),
  row('change', 'name and limits, which hold at once; a stranger is refused', change),
  row('change --joinHash', 'the old secret is good no longer', changeSecret),
  row('listJobs', 'jobs in a group; a stranger is refused', listJobs),
  row('removeJob', 'one job leaves; a stranger is refused', removeJob),
  {
    ...row('removeAllJobs', 'every job leaves', removeAllJobs),
    defect: 'the utility asks for listJobs: it prints the jobs, and they stay',
  },
  row('delete', 'the group is unknown afterwards; a stranger is refused', remove),
]
