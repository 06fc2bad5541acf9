// Packages that must not be published, sent over real sockets: each is refused with a reason and
// counted, and nothing of it is listed or served afterwards.
import { type Connection, createConnection } from '@manyhands/connection'
import { connectLocation } from '@manyhands/connection/node'
import { silentLogger, systemClock, systemRandom } from '@manyhands/protocol'
import { Testnet } from '@manyhands/testnet'
import { createSigner, generatePrivateKey } from '@manyhands/wallet'
import { loadCrypto } from '@manyhands/wallet/node'
import { afterAll, beforeAll, expect, it } from 'vitest'

let net: Testnet
let publisher: Connection
let stranger: Connection

const module = 'module.declare([], function (require, exports) { exports.x = 1 })'
const lists = { name: 'lists', version: '1.0.0', files: { 'index.js': module } }
const mebibyte = 1024 * 1024

beforeAll(async () => {
  net = await Testnet.create({ workers: 0 })
  const crypto = await loadCrypto()
  const deps = { crypto, clock: systemClock, random: systemRandom, logger: silentLogger }
  const open = connectLocation(new URL('package-manager/', net.url))
  const newPeer = (): Connection =>
    createConnection(
      { identity: createSigner(generatePrivateKey(systemRandom), crypto) },
      { open, ...deps },
    )
  publisher = newPeer()
  stranger = newPeer()
  await publisher.request('deployPackage', lists)
})
afterAll(async () => {
  await publisher.close()
  await stranger.close()
  await net.close()
})

async function refusals(code: string): Promise<number> {
  const text = await (await fetch(new URL('metrics', net.url))).text()
  const series = `manyhands_packages_refused_total{code="${code}"} `
  const line = text.split('\n').find((one) => one.startsWith(series))
  return Number(line?.slice(series.length) ?? 0)
}

/** Names and versions of everything that is published. */
async function published(): Promise<unknown> {
  const { packages } = (await publisher.request('listModules', {})) as {
    readonly packages: readonly { readonly name: string; readonly version: string }[]
  }
  return packages.map(({ name, version }) => `${name} ${version}`)
}

it.each([
  ['a name that somebody else owns', { version: '1.0.1' }, 'EPERM', 'belongs to another identity'],
  ['a path that climbs', { name: 'odd', files: { '../../a.js': module } }, 'EBADARG', '"files"'],
  ['a path from the root', { name: 'odd', files: { '/etc/a.js': module } }, 'EBADARG', '"files"'],
  [
    'a module that is too big',
    { name: 'odd', files: { 'a.js': ' '.repeat(33 * mebibyte) } },
    'EMODULETOOBIG',
    '33554432',
  ],
])('refuses %s, with a reason, and counts it', async (_what, changes, code, reason) => {
  const before = await refusals(code)
  const sent = stranger.request('deployPackage', { ...lists, ...changes })
  await expect(sent).rejects.toMatchObject({ code, message: expect.stringContaining(reason) })
  expect((await refusals(code)) - before).toBe(1)
  expect(await published()).toEqual(['lists 1.0.0'])
})

it('takes no module of 100 MB: its publisher hears that no message may be so long', async () => {
  const files = { 'a.js': ' '.repeat(100 * mebibyte) }
  const sent = stranger.request('deployPackage', { ...lists, name: 'odd', files })
  await expect(sent).rejects.toMatchObject({
    code: 'ETOOBIG',
    message: expect.stringContaining('longer than a message may be'),
  })
  expect(await published()).toEqual(['lists 1.0.0'])
  expect((await fetch(new URL('package-manager/files/odd/1.0.0/a.js', net.url))).status).toBe(404)
})
