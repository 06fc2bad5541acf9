// Work functions with modules: of the program itself, and published ones, in real sandboxes.
import { fileURLToPath } from 'node:url'

import { connect } from '@manyhands/client/node'
import type { NodeClient } from '@manyhands/client/node'
import { Testnet } from '@manyhands/testnet'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { publish } from './_publish.ts'

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
  await publish(net, 'base', { 'one.js': 'module.declare({ one: 1 })' })
  const sums = `module.declare(['base/one', './more'], (require, exports) => {
    exports.sum = (a, b) => a + b + require('base/one').one + require('./more').more
  })`
  const more = 'module.declare([], (require, exports) => { exports.more = 10 })'
  await publish(net, 'sums', { 'index.js': sums, 'more.js': more })
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
