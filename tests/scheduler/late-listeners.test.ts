// When the official client inside Python hears the end of a job: once its program waits for it.
import { columnOf } from '@manyhands/protocol'
import { afterEach, beforeEach, expect, it } from 'vitest'

import { deploy } from './_deploying.ts'
import { settle } from './_manual-clock.ts'
import { createRig, type Peer, type Rig } from './_rig.ts'
import { work } from './_working.ts'

let rig: Rig
let client: Peer
let worker: Peer
beforeEach(async () => {
  rig = await createRig()
  client = rig.peer(1, undefined, 'Python/3.11.7 PythonMonkey/1.4.1')
  worker = rig.peer(2)
})
afterEach(() => rig.close())

/** As `exec` does before it has returned, with those labels beside `stop`. */
async function listen(job: string, ...labels: readonly string[]): Promise<void> {
  await subscribe(job, ['stop', ...labels], ['result'])
}

/** As `wait` does. */
async function wait(job: string): Promise<void> {
  await subscribe(job, ['complete'], [])
}

async function subscribe(
  job: string,
  reliableEvents: readonly string[],
  optionalEvents: readonly string[],
): Promise<void> {
  const data = { reliableEvents, optionalEvents, options: { filter: { job } } }
  await client.send('eventRouter.subscribeMany', data)
  await settle()
}

async function add(job: string): Promise<void> {
  await client.send('jobSubmit.addSliceData', { job, dataValues: columnOf([1]) })
}

async function close(job: string): Promise<void> {
  await client.send('resultSubmitter.closeJob', { job })
  await settle()
}

async function compute(): Promise<void> {
  await work(worker)
  await settle()
}

/** Events that have come, once each. */
const heard = (): unknown[] => [
  ...new Set(client.events.map(({ event }) => event.data['eventName'])),
]

it('hears results at once, and the end when it waits', async () => {
  const job = await deploy(client)
  await listen(job)
  await add(job)
  await close(job)
  await compute()
  await rig.clock.advance(4_000)
  await settle()
  expect(heard()).toEqual(['result'])
  await wait(job)
  expect(heard()).toEqual(['result', 'stop'])
})

it('hears the end at once when it waits already', async () => {
  const job = await deploy(client)
  await listen(job)
  await wait(job)
  await add(job)
  await close(job)
  await compute()
  expect(heard()).toEqual(['result', 'stop'])
})

it('hears the end five seconds after it closed the job when it shows nothing', async () => {
  const job = await deploy(client)
  await listen(job, 'complete')
  await add(job)
  await rig.clock.advance(60_000)
  await close(job)
  await compute()
  await rig.clock.advance(4_999)
  await settle()
  expect(heard()).toEqual(['result'])
  await rig.clock.advance(1)
  await settle()
  expect(heard()).toEqual(['result', 'stop'])
})

it('hears the end of a job that takes longer at once', async () => {
  const job = await deploy(client)
  await listen(job, 'complete')
  await add(job)
  await close(job)
  await rig.clock.advance(5_000)
  await compute()
  expect(heard()).toEqual(['result', 'stop'])
})

it('hears again what was told when it waited', async () => {
  const job = await deploy(client)
  await listen(job)
  await add(job)
  await close(job)
  await compute()
  await wait(job)
  await rig.clock.advance(50)
  await settle()
  expect(client.heard('stop')).toHaveLength(2)
})

it('waits for one job and not for all', async () => {
  const [job, other] = [await deploy(client), await deploy(client)]
  for (const one of [job, other]) {
    await listen(one)
    await add(one)
    await close(one)
  }
  await compute()
  await wait(other)
  expect(client.heard('stop')).toMatchObject([{ job: other }])
})
