import { sealText } from '@manyhands/protocol'
import type { Signer } from '@manyhands/protocol'
import { expect, test } from 'vitest'

import { query, rowsOf, signerOf } from '../../packages/service/src/table-queries/_client.ts'
import type { Answer } from '../../packages/service/src/table-queries/_client.ts'
import { createRig, messageIdOf } from './_rig.ts'
import type { Rig } from './_rig.ts'

const owner = signerOf(1)
const worker = signerOf(2)
const thief = signerOf(3)
const workerId = 'w'.repeat(22)
const registered = [{ id: workerId, identity: worker.address }]

async function register(
  rig: Rig,
  by: Signer,
  self: Signer,
  changes: { readonly inner?: object; readonly messageId?: string } = {},
): Promise<Answer> {
  const { messageId = messageIdOf(by), inner = {} } = changes
  const details = { messageId, workerId, flags: 1, label: 'under the desk', ...inner }
  const signedDetails = sealText(self, JSON.stringify(details))
  return rig.post(by, 'register-worker', { messageId, signedDetails })
}

test('a worker belongs to the one whose key has signed with its own', async () => {
  await using rig = await createRig()
  expect(await register(rig, owner, worker)).toMatchObject({ success: true, workerId })
  const rows = await query(rig.jnu, owner, 'select', { table: 'worker' })
  expect(rowsOf(rows)).toMatchObject([
    {
      opaqueId: workerId,
      identity: worker.address,
      owner: owner.address,
      label: 'under the desk',
      flags: 1,
    },
  ])
  const { authority } = rig.identity
  const key = 'scheduler.jnu.w$workerRunInfo.change'
  expect(authority.callerOf(worker.address, key)).toEqual({
    signer: worker.address,
    address: worker.address,
    workers: registered,
  })
  expect(authority.callerOf(owner.address, key).workers).toEqual(registered)
  expect(authority.callerOf(thief.address, key).workers).toEqual([])
})

test('a registered worker still acts for itself', async () => {
  await using rig = await createRig()
  await register(rig, owner, worker)
  expect((await rig.send(worker, 'jobSubmit.cancelJob', {})).peer).toBe(worker.address)
})

test('a registration key is used up', async () => {
  await using rig = await createRig()
  const key = await rig.mint(owner, [{ 'pxAuth.worker.register': { uses: 1 } }])
  expect(await register(rig, key, worker)).toMatchObject({ owner: owner.address })
  expect(await register(rig, key, worker)).toMatchObject({ error: { code: 'EPERM' } })
  const other = await rig.mint(owner, [{ 'job.exec': true }])
  expect(await register(rig, other, worker)).toMatchObject({ error: { code: 'EPERM' } })
})

test('a worker changes its owner by signing again, and nobody takes its id', async () => {
  await using rig = await createRig()
  await register(rig, owner, worker)
  expect(await register(rig, thief, thief)).toMatchObject({ error: { code: 'EPERM' } })
  expect(await register(rig, thief, worker)).toMatchObject({ owner: thief.address })
  const { authority } = rig.identity
  expect(authority.callerOf(owner.address, 'scheduler.jnu.jobs.query').workers).toEqual([])
  expect(authority.callerOf(worker.address, 'scheduler.jnu.jobs.query').workers).toEqual(registered)
})

test('a registration cannot be used for another', async () => {
  await using rig = await createRig()
  const elsewhere = { inner: { messageId: messageIdOf(owner) } }
  expect(await register(rig, owner, worker, elsewhere)).toMatchObject({ error: { code: 'EPERM' } })
  const messageId = messageIdOf(owner)
  await register(rig, owner, worker, { messageId })
  const again = await register(rig, owner, worker, { messageId })
  expect(again).toMatchObject({ error: { code: 'EDUP' } })
  const odd = await register(rig, owner, worker, { inner: { workerId: 'short' } })
  expect(odd).toMatchObject({ error: { code: 'EBADARG' } })
})

test('an owner of proxies lets one of them look after one worker', async () => {
  await using rig = await createRig()
  await register(rig, owner, worker)
  const right = { uses: null, amount: null, related: workerId }
  const key = await rig.mint(owner, [{ 'worker.admin': right }, { 'scheduler.jnu': true }])
  const { authority } = rig.identity
  const caller = authority.callerOf(key.address, 'scheduler.jnu.workerRunInfo.query')
  expect(caller).toEqual({ signer: key.address, address: owner.address, workers: registered })
  const foreign = await rig.mint(thief, [{ 'worker.admin': right }, { 'scheduler.jnu': true }])
  expect(authority.callerOf(foreign.address, 'scheduler.jnu.workerRunInfo.query').workers).toEqual(
    [],
  )
})
