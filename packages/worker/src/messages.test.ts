import { expect, it } from 'vitest'

import { settled } from './_manual-clock.ts'
import { double, job, range, rangeTask, scene } from './_scene.ts'
import type { Scene } from './_scene.ts'
import { artifactsOf, jobNamed } from './_scripted-scheduler.ts'
import { limits } from './limits.ts'
import type { SchedulerCommand } from './messages.ts'

const commands: SchedulerCommand[] = []

/** A worker with two slices of ten in its sandboxes, which do not end by themselves. */
async function busy(): Promise<Scene> {
  const made = await scene(() => 'wait')
  commands.length = 0
  made.worker.listen({ command: (command) => commands.push(command) })
  made.scheduler.beginSession()
  made.scheduler.offer(rangeTask('a', '1-10'), range)
  await made.finish(() => made.host.batches.length === 2)
  return made
}

const command = (name: string, payload: object = {}): Record<string, unknown> => ({
  command: name,
  payload,
})

it('ends the leases that are over, and kills the sandboxes that are at work for them', async () => {
  const { clock, host, scheduler, worker } = await busy()
  expect(scheduler.say('leases', { void: ['a', 'unknown'] })).toBe('success')
  expect(worker.status()).toMatchObject({ leases: 0, open: 0 })
  await clock.advance(limits.abandonGraceMs)
  expect(host.made.map(({ killed }) => killed)).toEqual([true, true])
  expect(scheduler.returned.size).toBe(0)
})

it('gives back what it holds of a job that is removed, and takes no more of it', async () => {
  const { clock, finish, host, scheduler } = await busy()
  scheduler.say('schedmsg::command', command('remove', { jobId: job }))
  await finish(() => scheduler.returned.size === 10)
  await clock.advance(limits.abandonGraceMs)
  expect(host.made.map(({ killed }) => killed)).toEqual([true, true])
  // This answers a request that was made before.
  scheduler.offer(rangeTask('b', '11-20'))
  await finish(() => scheduler.returned.size === 20)
  expect(scheduler.requests.at(-1)).toMatchObject({ rejectedJobs: [job] })
  expect(host.batches).toHaveLength(2)
})

it('computes other jobs after one was removed', async () => {
  const { finish, scheduler } = await scene(double)
  scheduler.beginSession()
  scheduler.say('schedmsg::broadcast', command('remove', { jobId: job }))
  const other = jobNamed('other')
  const dataRange = { start: 1, end: 9, step: 1 }
  scheduler.offer(rangeTask('c', '1-3', { job: other }), artifactsOf(other, { dataRange }))
  await finish(() => scheduler.results.size === 3)
})

it('returns everything and leaves soon when it is killed', async () => {
  const { clock, finish, scheduler, worker } = await busy()
  scheduler.say('schedmsg::command', command('kill', { temporary: true }))
  await clock.advance(limits.killGraceMs)
  await finish(() => worker.status().state === 'stopped')
  expect([scheduler.returned.size, scheduler.closed]).toEqual([10, true])
  expect(commands).toEqual([{ command: 'kill', temporary: true }])
})

it.each(['restart', 'reload'])('finishes what it computes, then leaves, on %s', async (name) => {
  const { finish, host, scheduler, worker } = await busy()
  scheduler.say('schedmsg::command', command(name))
  await settled()
  host.release()
  await finish(() => worker.status().state === 'stopped')
  expect([scheduler.results.size, scheduler.returned.size]).toEqual([2, 8])
  expect(commands).toEqual([{ command: name }])
})

it('shows what is announced, as far as it can be read', async () => {
  const { scheduler, worker } = await busy()
  scheduler.say('schedmsg::broadcast', command('announce', { message: 'tea is ready' }))
  scheduler.say('schedmsg::broadcast', command('announce', { message: 'x'.repeat(5_000) }))
  expect(commands).toEqual([
    { command: 'announce', message: 'tea is ready' },
    { command: 'announce', message: 'x'.repeat(limits.announcementMax) },
  ])
  expect(worker.status()).toMatchObject({ state: 'working', open: 10 })
})

it('does nothing on what it does not follow', async () => {
  const { scheduler, worker } = await busy()
  for (const name of ['openPopup', 'addPriorityJob', 'dance']) {
    scheduler.say('schedmsg::command', command(name, { jobId: job, href: 'http://127.0.0.1/' }))
  }
  scheduler.say('schedmsg::command', command('remove'))
  scheduler.say('schedmsg::command', { command: null, payload: null })
  scheduler.say('leases', { void: 'all of them' })
  expect(commands).toEqual([])
  expect(worker.status()).toMatchObject({ state: 'working', open: 10 })
})

it('refuses what comes under a token that it did not choose', async () => {
  const { scheduler, worker } = await busy()
  const kill = command('kill')
  const say = (token: string) => () => scheduler.say('schedmsg::command', kill, token)
  expect(say('another')).toThrow('there is no subscription for token another')
  expect(commands).toEqual([])
  expect(worker.status().state).toBe('working')
})

it('listens again on a session that replaces the first', async () => {
  const { scheduler, worker } = await busy()
  const subscribed = (): number =>
    scheduler.order.filter((operation) => operation === 'eventRouter.subscribe').length
  const before = subscribed()
  scheduler.beginSession()
  await settled()
  expect(subscribed()).toBe(2 * before)
  scheduler.say('leases', { void: ['a'] })
  expect(worker.status().leases).toBe(0)
})
