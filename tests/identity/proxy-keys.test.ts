import { sealText } from '@manyhands/protocol'
import { parseKeystore } from '@manyhands/wallet'
import { expect, test } from 'vitest'

import {
  crypto,
  query,
  rowsOf,
  signerOf,
} from '../../packages/service/src/table-queries/_client.ts'
import { createRig, messageIdOf } from './_rig.ts'

const ann = signerOf(1)
const bob = signerOf(2)
const account = signerOf(3)
const job = 'zK8KFq7HprX1njgn1eaYJy'
const anotherJob = 'aK8KFq7HprX1njgn1eaYJy'

test('a proxy key acts for who made it, as far as its rights go', async () => {
  await using rig = await createRig()
  const key = await rig.mint(ann, [{ 'job.exec': true }, { 'job.results': true }])
  expect((await rig.send(key, 'jobSubmit.submit@5', { job })).peer).toBe(ann.address)
  const fetched = await rig.send(key, 'resultSubmitter.fetchResult', { job: anotherJob })
  expect(fetched.peer).toBe(ann.address)
  const cancel = rig.send(key, 'jobSubmit.cancelJob', { job: anotherJob })
  await expect(cancel).rejects.toMatchObject({
    code: 'EPERM',
    message: expect.stringContaining('job.cancel'),
  })
})

test('a key that deployed a job may look after it, by every name of the job', async () => {
  await using rig = await createRig()
  const key = await rig.mint(ann, [{ 'job.exec': true }])
  await rig.send(key, 'jobSubmit.submit@5', { job })
  const escrow = `0x${'E'.repeat(40)}`
  for (const [operation, data] of [
    ['jobSubmit.addSliceData', { job }],
    ['jobSubmit.cancelJob', { job: escrow }],
    ['eventRouter.subscribe', { options: { filter: { job } } }],
    ['computeGroups.addJobToGroups', { job }],
    ['pheme.listJobs', { job }],
  ] as const) {
    expect((await rig.send(key, operation, data)).peer).toBe(ann.address)
  }
  for (const [operation, data] of [
    ['jobSubmit.cancelJob', { job: anotherJob }],
    ['eventRouter.subscribe', { options: { filter: {} } }],
    ['pheme.listJobs', {}],
    ['computeGroups.createGroup', {}],
    ['packageManager.deployPackage', {}],
  ] as const) {
    await expect(rig.send(key, operation, data)).rejects.toMatchObject({ code: 'EPERM' })
  }
})

test('a full login may do everything, and work is done by each key for itself', async () => {
  await using rig = await createRig()
  const key = await rig.mint(ann, [{ $login: true }])
  for (const operation of ['computeGroups.createGroup', 'packageManager.deployPackage']) {
    expect((await rig.send(key, operation, {})).peer).toBe(ann.address)
  }
  expect((await rig.send(key, 'taskDistributor.requestTask@3', {})).peer).toBe(key.address)
})

test('keys that stand for themselves are let through as they are', async () => {
  await using rig = await createRig()
  expect((await rig.send(bob, 'jobSubmit.cancelJob', { job })).peer).toBe(bob.address)
})

test('a key expires', async () => {
  await using rig = await createRig()
  const key = await rig.mint(ann, [{ 'job.cancel': true }], { pxExpireSeconds: 60 })
  expect((await rig.send(key, 'jobSubmit.cancelJob', { job })).peer).toBe(ann.address)
  rig.passTime(61_000)
  expect((await rig.send(key, 'jobSubmit.cancelJob', { job })).peer).toBe(key.address)
})

test('a right for one job is for no other', async () => {
  await using rig = await createRig()
  const right = { uses: null, amount: null, related: job }
  const key = await rig.mint(ann, [{ 'job.cancel': right }])
  expect((await rig.send(key, 'jobSubmit.cancelJob', { job })).peer).toBe(ann.address)
  const other = rig.send(key, 'jobSubmit.cancelJob', { job: anotherJob })
  await expect(other).rejects.toMatchObject({ code: 'EPERM' })
})

test('uses are counted once for each request, and given back when it comes to nothing', async () => {
  await using rig = await createRig()
  const key = await rig.mint(ann, [{ 'job.cancel': { uses: 2 } }])
  const cancel = (options: object): Promise<unknown> =>
    rig.send(key, 'jobSubmit.cancelJob', { job }, options)
  await expect(cancel({ fails: true })).rejects.toMatchObject({ code: 'ENOENT' })
  await cancel({ stamp: 'first' })
  await cancel({ stamp: 'first' })
  await cancel({ stamp: 'second' })
  await expect(cancel({ stamp: 'third' })).rejects.toMatchObject({ code: 'EPERM' })
  await cancel({ stamp: 'second' })
})

test('an account grants a right by signing for this request', async () => {
  await using rig = await createRig()
  const operation = 'bank.account.link.job.new'
  const grant = (messageId: string, auth: string): string =>
    sealText(
      account,
      JSON.stringify({
        pxRequestComponent: { [operation]: { uses: null, amount: null, related: null, auth } },
        parentMessageId: messageId,
      }),
    )
  const messageId = messageIdOf(ann)
  const pxRequest = [{ 'job.exec': true }, grant(messageId, account.address)]
  const key = await rig.mint(ann, pxRequest, { messageId })
  const data = { job, paymentAccount: key.address }
  const seen = await rig.send(key, 'jobSubmit.submit@5', data, { authorizedBy: [key.address] })
  expect(seen).toMatchObject({
    peer: ann.address,
    data: { paymentAccount: account.address },
    payerSigned: true,
  })
  const unsigned = await rig.send(key, 'jobSubmit.submit@5', data)
  expect(unsigned.payerSigned).toBe(false)

  const stale = [grant(messageId, account.address)]
  await expect(rig.mint(ann, stale)).rejects.toThrow('EPERM')
  const another = messageIdOf(ann)
  const forged = [grant(another, bob.address)]
  await expect(rig.mint(ann, forged, { messageId: another })).rejects.toThrow('EPERM')
  const unsignedGrant = [{ [operation]: { auth: account.address } }]
  await expect(rig.mint(ann, unsignedGrant)).rejects.toThrow('EPERM')
})

test('a message is taken once', async () => {
  await using rig = await createRig()
  const messageId = messageIdOf(ann)
  await rig.mint(ann, ['$login'].map(login), { messageId })
  await expect(rig.mint(ann, [login('$login')], { messageId })).rejects.toThrow('EDUP')
  const foreign = { messageId: messageIdOf(bob) }
  await expect(rig.mint(ann, [login('$login')], foreign)).rejects.toThrow('messageId')
})

function login(operation: string): object {
  return { [operation]: { uses: null, amount: null, related: null } }
}

test('a proxy key gives away parts of what it has, and only with the right to', async () => {
  await using rig = await createRig()
  const plain = await rig.mint(ann, [{ 'job.exec': true }])
  await expect(rig.mint(plain, [{ 'job.exec': true }])).rejects.toThrow('pxAuth.new')

  const maker = await rig.mint(
    ann,
    [{ 'pxAuth.new': true }, { 'job.cancel': { uses: 3 } }, { 'job.data': true }],
    { pxExpireSeconds: 100 },
  )
  const child = await rig.mint(maker, [{ 'job.cancel': { uses: 2 } }, { 'job.data.add': true }])
  expect((await rig.send(child, 'jobSubmit.addSliceData', { job })).peer).toBe(ann.address)

  await expect(rig.mint(maker, [{ 'job.cancel': { uses: 2 } }])).rejects.toThrow('narrower')
  await expect(rig.mint(maker, [{ 'job.cancel': { uses: null } }])).rejects.toThrow('narrower')
  await expect(rig.mint(maker, [{ job: true }])).rejects.toThrow('narrower')
  await expect(rig.mint(maker, [{ $login: true }])).rejects.toThrow('narrower')
  const longer = rig.mint(maker, [{ 'job.data.add': true }], { pxExpireSeconds: 200 })
  await expect(longer).rejects.toThrow('narrower')
})

test('logging out deletes the key', async () => {
  await using rig = await createRig()
  const key = await rig.mint(ann, [{ 'job.cancel': true }, { 'job.close': true }])
  expect(await rig.post(key, 'logout')).toMatchObject({ success: true, removed: 2 })
  expect((await rig.send(key, 'jobSubmit.cancelJob', { job })).peer).toBe(key.address)
  expect(await rig.post(ann, 'logout')).toMatchObject({ removed: 0 })
})

test('an owner sees, changes and takes away the rights it gave', async () => {
  await using rig = await createRig()
  const key = await rig.mint(ann, [{ 'job.cancel': { uses: 1 } }], { label: 'for the night' })
  const mine = await query(rig.jnu, ann, 'select', { table: 'proxyAuth' })
  expect(rowsOf(mine)).toMatchObject([
    {
      proxyAddress: key.address,
      authAddress: ann.address,
      owner: ann.address,
      operationKey: 'job.cancel',
      related: null,
      amount: null,
      uses: 1,
      label: 'for the night',
    },
  ])
  expect(rowsOf(await query(rig.jnu, bob, 'select', { table: 'proxyAuth' }))).toEqual([])
  await expect(query(rig.jnu, key, 'select', { table: 'proxyAuth' })).resolves.toMatchObject({
    error: { code: 'EPERM' },
  })

  const pxRequest = [{ 'job.cancel': { replaceId: 1, uses: 5 } }]
  expect(await rig.post(ann, 'new-px', { pxRequest })).toMatchObject({ replaced: [1] })
  expect(await rig.post(bob, 'new-px', { pxRequest })).toMatchObject({ failure: 'ENOENT' })
  expect(rowsOf(await query(rig.jnu, ann, 'select', { table: 'proxyAuth' }))).toMatchObject([
    { uses: 5, related: null },
  ])

  const row = { table: 'proxyAuth', prototype: { proxyAddress: key.address } }
  expect(await query(rig.jnu, ann, 'delete', row)).toMatchObject({ result: { rowCount: 1 } })
  expect((await rig.send(key, 'jobSubmit.cancelJob', { job })).peer).toBe(key.address)
})

test('a key can be locked by a passphrase', async () => {
  await using rig = await createRig()
  const body = { pxRequest: [{ 'job.exec': true }], passphrase: 'open', label: 'locked' }
  const { keystore } = await rig.post(ann, 'new-px', body)
  const locked = parseKeystore(keystore, crypto)
  expect(locked.label).toBe('locked')
  await expect(locked.unlock('')).rejects.toMatchObject({ code: 'EKEYSTORE' })
  expect((await locked.unlock('open')).address).toBe(locked.address)
})

test.each([
  ['no right', { pxRequest: [] }, 'EBADARG'],
  ['an operation of no form', { pxRequest: [{ 'job exec': true }] }, 'EBADARG'],
  ['two operations in one', { pxRequest: [{ 'job.exec': true, 'job.close': true }] }, 'EBADARG'],
  ['no uses', { pxRequest: [{ 'job.exec': { uses: 0 } }] }, 'EBADARG'],
  ['an amount that is none', { pxRequest: [{ 'job.exec': { amount: 'much' } }] }, 'EBADARG'],
  ['the past', { pxRequest: [{ 'job.exec': true }], pxExpireDate: 1 }, 'EEXPIRED'],
  ['a date that is none', { pxRequest: [{ 'job.exec': true }], pxExpireDate: 'soon' }, 'EBADARG'],
  ['text that is no message', { pxRequest: ['job.exec'] }, 'EFORMAT'],
])('a request for %s is refused', async (_what, body, code) => {
  await using rig = await createRig()
  expect(await rig.post(ann, 'new-px', body)).toMatchObject({ success: true, failure: code })
})
