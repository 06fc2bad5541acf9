import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { silentLogger, systemClock, systemRandom } from '@manyhands/protocol'
import {
  createKeystore,
  createSigner,
  encodePrivateKey,
  generatePrivateKey,
} from '@manyhands/wallet'
import { loadCrypto, writeKeystoreFile } from '@manyhands/wallet/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { type KeyDeps, signerOf } from './keys.ts'
import { schedulerLocation } from './scheduler-location.ts'
import { type Wallet, createWallet } from './wallet.ts'

const crypto = await loadCrypto()
const privateKey = generatePrivateKey(systemRandom)
const { address } = createSigner(privateKey, crypto)
const powers = { crypto, random: systemRandom, clock: systemClock }
let home: string
let deps: KeyDeps
let wallet: Wallet

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'manyhands-keys-'))
  deps = { crypto, logger: silentLogger, home, env: {} }
  wallet = createWallet(deps)
  const keystore = await createKeystore(privateKey, {}, powers)
  await writeKeystoreFile(join(home, '.dcp', 'savings.keystore'), keystore)
})
afterAll(() => rm(home, { recursive: true }))

describe('a key', () => {
  it.each<[string, () => unknown]>([
    ['a name in ~/.dcp', () => 'savings'],
    ['a file', () => join(home, '.dcp', 'savings.keystore')],
    ['a private key in hex', () => encodePrivateKey(privateKey)],
    ['a private key in bytes', () => privateKey],
    ['a signer', () => createSigner(privateKey, crypto)],
    ['a keystore', () => wallet.get('savings')],
    ['the text of a keystore', async () => JSON.stringify((await wallet.get('savings')).toJSON())],
    ['the JSON of a keystore', async () => (await wallet.get('savings')).toJSON()],
  ])('can be given as %s', async (_form, source) => {
    const signer = await signerOf(await source(), deps)
    expect(signer.address).toBe(address)
    expect(signer.sign('text')).toEqual(createSigner(privateKey, crypto).sign('text'))
  })

  it('that is missing says where it was looked for', async () => {
    const file = join(home, '.dcp', 'id.keystore')
    await expect(wallet.getId()).rejects.toMatchObject({ code: 'EKEYSTORE', details: { file } })
  })

  it.each([5, null, {}, true])('cannot be %j', async (source) => {
    await expect(signerOf(source, deps)).rejects.toMatchObject({ code: 'EKEYSTORE' })
  })
})

describe('the wallet', () => {
  it('finds what the program added, under the name it gave', async () => {
    const own = createWallet(deps)
    await own.addId('savings')
    expect((await own.getId()).address).toBe(address)
    expect((await own.getId()).getWallet()).toBe(await own.getId())
  })

  it('makes keystores, locked by a passphrase', async () => {
    const made = await wallet.create(privateKey, 'secret')
    await expect(made.unlock('')).rejects.toMatchObject({ code: 'EKEYSTORE' })
    expect((await made.unlock('secret')).address).toBe(address)
    expect((await wallet.create()).address).not.toBe(address)
  })
})

describe('the location of the scheduler', () => {
  it('is given, or in the environment, or this machine', () => {
    const env = { DCP_SCHEDULER_LOCATION: 'http://scheduler.example:8080' }
    expect(schedulerLocation('https://a.example/dcp', env).href).toBe('https://a.example/dcp/')
    expect(schedulerLocation(undefined, env).href).toBe('http://scheduler.example:8080/')
    expect(schedulerLocation(undefined, {}).href).toBe('http://127.0.0.1:4280/')
  })

  it.each(['scheduler', 'ftp://a.example/', 'javascript:alert(1)'])('cannot be %s', (location) => {
    expect(() => schedulerLocation(location, {})).toThrow(
      expect.objectContaining({ code: 'EBADARG', details: { field: 'scheduler' } }),
    )
  })
})
