// The services beside the scheduler, on a whole computer and over real sockets.
import { createHash } from 'node:crypto'

import { createConnection } from '@manyhands/connection'
import type { Connection } from '@manyhands/connection'
import { connectLocation } from '@manyhands/connection/node'
import { createJobId, silentLogger, systemClock, systemRandom } from '@manyhands/protocol'
import type { Signer } from '@manyhands/protocol'
import { Testnet } from '@manyhands/testnet'
import { createSigner, generatePrivateKey, parseKeystore } from '@manyhands/wallet'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { crypto, post, query, rowsOf } from '../../packages/service/src/table-queries/_client.ts'

let net: Testnet
beforeAll(async () => {
  net = await Testnet.create({ workers: 0 })
})
afterAll(async () => net.close())

const newKey = (): Signer => createSigner(generatePrivateKey(systemRandom), crypto)

function connect(identity: Signer, path: string): Connection {
  return createConnection(
    { identity },
    {
      open: connectLocation(new URL(path, net.url)),
      crypto,
      clock: systemClock,
      random: systemRandom,
      logger: silentLogger,
    },
  )
}

const source = 'module.declare([], function (require, exports) { exports.x = 1 })'

test('a module is published over the protocol and fetched over HTTP', async () => {
  await using publisher = connect(newKey(), '/package-manager/')
  const files = { 'index.js': source, 'ünï/code.js': `${source} // grüße` }
  await publisher.request('deployPackage', { name: 'things', version: '1.0.0', files })

  await using worker = connect(newKey(), '/package-manager/')
  const modules = ['things/index', 'things/ünï/code.js']
  const { things } = (await worker.request('fetchModuleURL', { modules })) as {
    things: Record<string, string>
  }
  const response = await fetch(things['index'] ?? '')
  expect(await response.text()).toBe(source)
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'application/javascript; charset=utf-8',
    'access-control-allow-origin': '*',
    'cache-control': expect.stringContaining('immutable'),
  })
  const etag = response.headers.get('etag') ?? ''
  const again = await fetch(things['index'] ?? '', { headers: { 'if-none-match': etag } })
  expect(again.status).toBe(304)
  const other = await fetch(things['ünï/code.js'] ?? '')
  expect(await other.text()).toContain('grüße')
})

test.each([
  '/package-manager/files/things/1.0.0/nothing.js',
  '/package-manager/files/things/1.0.0/..%2f..%2f..%2fetc%2fpasswd',
  '/package-manager/files/..%2f/1.0.0/index.js',
  '/package-manager/files/%E0%A4%A/1.0.0/index.js',
  '/package-manager/files/things',
])('there is nothing at %s', async (path) => {
  const response = await fetch(net.url.origin + path)
  expect(response.status).toBe(404)
})

test('the bundle of local modules is found as workers ask for it', async () => {
  const digest = createHash('md5').update(source).digest('hex')
  const name = `dcp-pkg-v1-localhost-${digest}`
  await using client = connect(newKey(), '/dcp/')
  const files = { 'sideloader-v1.js': source }
  await client.request('packageManager.deployPackage', { name, version: '1.0.0', files })
  const modules = [`${name}/sideloader-v1`]
  const found = await client.request('packageManager.fetchModuleURL', { modules })
  expect(Object.keys((found as Record<string, object>)[name] ?? {})).toEqual(['sideloader-v1'])
})

test('a proxy key deploys, looks after its job and nothing else, until it is logged out', async () => {
  const owner = newKey()
  const pxAuth = `${net.url.origin}/px-auth/`
  const { keystore } = await post(`${pxAuth}new-px`, owner, {
    messageId: `${owner.address}-${'1'.repeat(21)}`,
    pxRequest: [{ 'job.exec': true }],
    pxExpireSeconds: 600,
  })
  const key = await parseKeystore(keystore, crypto).unlock('')
  await using proxy = connect(key, '/dcp/')
  const account = newKey()
  const job = createJobId(systemRandom)
  await proxy.request(
    'jobSubmit.submit@5',
    {
      job,
      paymentAccount: account.address,
      workFunctionURI: 'data:,x=>x',
      mvMultSlicePayment: 0,
      absoluteSlicePayment: 0,
      requirePath: [],
      dependencies: [],
      requirements: 0,
      worktime: { name: 'map-basic', version: '*', custom: false },
      marshaledArguments: { _serializeVerId: 'v8', what: { raw: [] } },
      dataRange: { start: 1, end: 3 },
    },
    { authorizeBy: [account] },
  )
  const jnu = `${net.url.origin}/jnu/scheduler/`
  const mine = { table: 'jobs', prototype: { opaqueId: job } }
  expect(rowsOf(await query(jnu, owner, 'select', mine))).toMatchObject([
    { owner: owner.address, status: 'new', totalSlices: 3 },
  ])
  expect(await query(jnu, key, 'select', mine)).toMatchObject({ error: { code: 'EPERM' } })

  await using itself = connect(owner, '/dcp/')
  const listed = await itself.request('pheme.listJobs', { job })
  expect(listed).toMatchObject([{ job, ownerAddress: owner.address }])
  expect(await proxy.request('pheme.listJobs', { job })).toEqual(listed)
  await expect(proxy.request('pheme.listJobs', {})).rejects.toMatchObject({ code: 'EPERM' })

  await post(`${pxAuth}logout`, key, {})
  await expect(proxy.request('jobSubmit.cancelJob', { job })).rejects.toMatchObject({
    code: 'EPERM',
  })
  expect(await itself.request('jobSubmit.cancelJob', { job, reason: 'enough' })).toMatchObject({
    status: 'cancelled',
  })
})

test('what was published and granted survives a restart', async () => {
  const owner = newKey()
  await using publisher = connect(owner, '/package-manager/')
  const files = { 'index.js': source }
  await publisher.request('deployPackage', { name: 'lasting', version: '1.0.0', files })
  await post(`${net.url.origin}/px-auth/new-px`, owner, {
    messageId: `${owner.address}-${'2'.repeat(21)}`,
    pxRequest: [{ 'job.exec': true }],
    label: 'lasting',
  })
  await net.restartScheduler()
  await using reader = connect(newKey(), '/package-manager/')
  const reply = await reader.request('listModules', { q: 'lasting' })
  expect(reply).toMatchObject({ packages: [{ name: 'lasting', owner: owner.address }] })
  const rows = await query(`${net.url.origin}/jnu/px-auth/`, owner, 'select', {
    table: 'proxyAuth',
  })
  expect(rowsOf(rows)).toMatchObject([{ label: 'lasting', operationKey: 'job.exec' }])
})
