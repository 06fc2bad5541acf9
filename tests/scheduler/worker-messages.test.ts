// Messages to workers: an identity speaks to its own, an administrator to all.
import { afterEach, beforeEach, expect, it } from 'vitest'

import { deploy } from './_deploying.ts'
import { settle } from './_manual-clock.ts'
import { addressOf, createRig, type Peer, type Rig } from './_rig.ts'

let rig: Rig
let owner: Peer
let worker: Peer
let stranger: Peer
let administrator: Peer
beforeEach(async () => {
  rig = await createRig({ administrators: [addressOf(9)] })
  owner = rig.peer(1)
  worker = rig.peer(1)
  stranger = rig.peer(2)
  administrator = rig.peer(9)
  await listen(worker)
  await listen(stranger)
})
afterEach(() => rig.close())

/** As dialect 5 listens; the filter is no right to hear what is meant for others. */
async function listen(peer: Peer): Promise<void> {
  const filter = { $or: [{ target: owner.address }, { broadcast: true }] }
  const schedmsgEvents = ['schedmsg::broadcast', 'schedmsg::command']
  await peer.send('eventRouter.subscribeMany', { schedmsgEvents, options: { filter } })
  await settle()
}

async function send(peer: Peer, message: object): Promise<unknown> {
  const whole = { target: owner.address, broadcast: false, command: 'kill', ...message }
  const reply = await peer.send('eventRouter.sendSchedMsg', whole)
  await settle()
  return reply
}

it('reach the workers of the identity that sends them, and no others', async () => {
  const payload = { temporary: true }
  expect(await send(owner, { payload })).toEqual({ success: true, workers: 1 })
  expect(worker.heard('schedmsg::command')).toEqual([
    { eventName: 'schedmsg::command', command: 'kill', payload },
  ])
  expect(stranger.events).toEqual([])
})

it('are refused to workers of another identity, and to all', async () => {
  await expect(send(stranger, {})).rejects.toThrow('only an administrator may send a message')
  await expect(send(owner, { broadcast: true })).rejects.toThrow('to all workers')
  expect([...worker.events, ...stranger.events]).toEqual([])
})

it('of an administrator reach any worker, and all', async () => {
  expect(await send(administrator, {})).toEqual({ success: true, workers: 1 })
  const all = { broadcast: true, command: 'announce', payload: { message: 'hello' } }
  expect(await send(administrator, all)).toEqual({ success: true, workers: 2 })
  expect(worker.heard('schedmsg::broadcast')).toMatchObject([{ command: 'announce' }])
  expect(stranger.heard('schedmsg::broadcast')).toMatchObject([{ payload: { message: 'hello' } }])
})

it('name a job as each dialect of workers does', async () => {
  const job = await deploy(owner)
  await send(owner, { command: 'remove', payload: { jobOpaqueId: job } })
  await send(owner, { command: 'remove', payload: { jobId: 'unknown' } })
  expect(worker.heard('schedmsg::command')).toMatchObject([
    { payload: { jobId: job, jobAddress: expect.stringMatching(/^0x/) } },
    { payload: { jobId: 'unknown', jobAddress: 'unknown' } },
  ])
})

it('are not told to who has gone or does not listen any more', async () => {
  stranger.disconnect()
  await settle()
  expect(await send(administrator, { broadcast: true })).toMatchObject({ workers: 1 })
  await worker.send('eventRouter.unsubscribe', {
    label: 'schedmsg::broadcast',
    token: worker.events[0]?.token,
  })
  expect(await send(administrator, { broadcast: true })).toMatchObject({ workers: 0 })
})

it('are a command that workers know, to an address', async () => {
  await expect(send(owner, { command: 'dance' })).rejects.toThrow('"command" must be one of')
  await expect(send(owner, { target: 'all' })).rejects.toThrow('"target" must be an address')
})

it('count the jobs of all for an administrator alone', async () => {
  await deploy(owner)
  const count = (peer: Peer): Promise<unknown> =>
    peer.send('pheme.countJobs', { isSelectingAll: true })
  expect(await count(administrator)).toEqual({ count: 1 })
  expect(await count(stranger)).toEqual({ count: 0 })
})
