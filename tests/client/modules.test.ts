// Work functions with modules: of the program itself, and published ones, in real sandboxes.
import { fileURLToPath } from 'node:url'

import { connect } from '@manyhands/client/node'
import type { NodeClient } from '@manyhands/client/node'
import { createConnection } from '@manyhands/connection'
import { connectLocation } from '@manyhands/connection/node'
import { silentLogger, systemClock, systemRandom } from '@manyhands/protocol'
import { Testnet } from '@manyhands/testnet'
import { createSigner, generatePrivateKey } from '@manyhands/wallet'
import { loadCrypto } from '@manyhands/wallet/node'
import { afterAll, beforeAll, expect, test } from 'vitest'

let net: Testnet
let client: NodeClient

beforeAll(async () => {
  net = await Testnet.create()
  client = await connect({
    scheduler: net.url,
    identity: net.keystores.id,
    paymentAccount: net.keystores.default,
    program: fileURLToPath(new URL('modules/program.js', import.meta.url)),
  })
})

afterAll(async () => {
  await client.close()
  await net.close()
})

async function publish(name: string, files: Readonly<Record<string, string>>): Promise<void> {
  const crypto = await loadCrypto()
  await using connection = createConnection(
    { identity: createSigner(generatePrivateKey(systemRandom), crypto) },
    {
      open: connectLocation(new URL('package-manager/', net.url)),
      crypto,
      clock: systemClock,
      random: systemRandom,
      logger: silentLogger,
    },
  )
  await connection.request('deployPackage', { name, version: '1.0.0', files })
}

const doubling = `(value) => {
  progress()
  return require('./local/double').double(value)
}`

test('a work function uses modules of the program', async () => {
  const job = client.compute.for([1, 2, 3], doubling)
  job.requires('./local/double')
  expect(Array.from(await job.exec())).toEqual([2, 4, 6])
})

test('the same in local sandboxes', async () => {
  const job = client.compute.for([1, 2, 3], doubling)
  job.requires('./local/double')
  expect(Array.from(await job.localExec())).toEqual([2, 4, 6])
})

test('a work function uses published modules, and what these depend on', async () => {
  await publish('base', { 'one.js': 'module.declare({ one: 1 })' })
  const sums = `module.declare(['base/one', './more'], (require, exports) => {
    exports.sum = (a, b) => a + b + require('base/one').one + require('./more').more
  })`
  const more = 'module.declare([], (require, exports) => { exports.more = 10 })'
  await publish('sums', { 'index.js': sums, 'more.js': more })
  const job = client.compute.for(
    [1, 2],
    `(value) => {
      progress()
      return require('index').sum(value, 100)
    }`,
  )
  job.requires('sums/index')
  expect(Array.from(await job.exec())).toEqual([112, 113])
})

test('a module that nobody published ends the job with its code', async () => {
  const job = client.compute.for([1], '(value) => value')
  job.requires('nobody/knows')
  await expect(job.exec()).rejects.toMatchObject({
    code: 'ENOMODULE',
    message: expect.stringContaining('nobody/knows'),
  })
})

test('a module of the program that is not there ends it before anything is sent', async () => {
  const job = client.compute.for([1], '(value) => value')
  job.requires('./local/nothing')
  await expect(job.exec()).rejects.toMatchObject({ code: 'EBADARG' })
})
