import { seededRandom } from '@manyhands/protocol'
import { describe, expect, it } from 'vitest'

import {
  type KeystoreJson,
  createKeystore,
  createPureCrypto,
  generatePrivateKey,
  parseKeystore,
} from './index.ts'

const crypto = createPureCrypto()
const clock = { now: () => 1_700_000_000_000 }
const random = seededRandom('keystore')
const deps = { crypto, random, clock }

/** The test vectors that came with the V3 format: passphrase `testpassword`. */
const published = {
  privateKey: '7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d',
  address: '008aeeda4d805471df9b2a5b0f38a0c3bcba786b',
  pbkdf2: {
    cipher: 'aes-128-ctr',
    cipherparams: { iv: '6087dab2f9fdbbfaddc31a909735c1e6' },
    ciphertext: '5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46',
    kdf: 'pbkdf2',
    kdfparams: {
      c: 262144,
      dklen: 32,
      prf: 'hmac-sha256',
      salt: 'ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd',
    },
    mac: '517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2',
  },
}

function changed(json: KeystoreJson, change: (copy: any) => void): unknown {
  const copy: unknown = JSON.parse(JSON.stringify(json))
  change(copy)
  return copy
}

describe('a keystore', () => {
  it('gives the key back for its passphrase, through its text', async () => {
    const key = generatePrivateKey(random)
    const made = await createKeystore(key, { passphrase: 'päss', label: 'mine' }, deps)
    const read = parseKeystore(JSON.stringify(made.toJSON()), crypto)
    expect(read.label).toBe('mine')
    expect(read.address).toBe(crypto.addressOf(key))
    expect(await read.unlockPrivateKey('päss')).toEqual(key)
    expect((await read.unlock('päss')).address).toBe(read.address)
  })

  it('has an empty passphrase unless told', async () => {
    const key = generatePrivateKey(random)
    const made = await createKeystore(key, {}, deps)
    expect(await made.unlockPrivateKey('')).toEqual(key)
  })

  it('has the members of the V3 form with the cost dcp-client uses', async () => {
    const made = await createKeystore(generatePrivateKey(random), { process: 'p' }, deps)
    const json = made.toJSON()
    expect(json).toMatchObject({
      version: 3,
      address: made.address.slice(2).toLowerCase(),
      timestamp: '2023-11-14T22:13:20.000Z',
      process: 'p',
      crypto: { cipher: 'aes-128-ctr', kdf: 'scrypt', kdfparams: { n: 1024, r: 8, p: 1 } },
    })
    expect(json.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(json).not.toHaveProperty('label')
  })

  it('says that a passphrase is wrong', async () => {
    const made = await createKeystore(generatePrivateKey(random), { label: 'mine' }, deps)
    await expect(made.unlock('x')).rejects.toMatchObject({
      code: 'EKEYSTORE',
      message: 'wrong passphrase for the keystore mine',
      details: { reason: 'passphrase' },
    })
  })

  it('refuses to hand out the key of another address', async () => {
    const made = await createKeystore(generatePrivateKey(random), {}, deps)
    const other = changed(made.toJSON(), (copy) => (copy.address = '00'.repeat(20)))
    await expect(parseKeystore(other, crypto).unlock('')).rejects.toMatchObject({
      details: { reason: 'address' },
    })
  })

  it('opens a file that dcp-client 5.6.1 wrote', async () => {
    const text =
      '{"version":3,"id":"5cc69573-faf8-4d8d-b464-ada6c3beaf0b","address":"869e1e26c3ab110a8a536828ba99324bfdd531fb","crypto":{"ciphertext":"65bb058f2e04a2ef5fde72c1d9b6121f992f84c9a4f77bd5f9ca3443292c3326","cipherparams":{"iv":"7669323a6d056e4af039a4fbff274628"},"cipher":"aes-128-ctr","kdf":"scrypt","kdfparams":{"dklen":32,"salt":"3ee79537ef6256373f04a065047be50514cb91a4e6902dac61d04e7e864bd4c7","n":1024,"r":8,"p":1},"mac":"e0e2063cc9e5cda2a45f81848aa21712f1423be7a5b891bb90246307b0a10118"},"label":"theirs","timestamp":"Fri Nov 20 2026 09:59:36 GMT+0000 (Coordinated Universal Time)","process":"t"}'
    const signer = await parseKeystore(text, crypto).unlock('secret')
    expect(signer.address).toBe('0x869e1E26c3ab110A8a536828ba99324bFdD531fB')
  })

  it('opens the published PBKDF2 example', async () => {
    const json = { version: 3, id: 'x', address: published.address, crypto: published.pbkdf2 }
    const key = await parseKeystore(json, crypto).unlockPrivateKey('testpassword')
    expect(Buffer.from(key).toString('hex')).toBe(published.privateKey)
  })

  it.each<[string, (copy: any) => void]>([
    ['version', (copy) => (copy.version = 1)],
    ['address', (copy) => (copy.address = '12')],
    ['label', (copy) => (copy.label = 5)],
    ['crypto is not an object', (copy) => (copy.crypto = null)],
    ['crypto.cipher', (copy) => (copy.crypto.cipher = 'aes-128-cbc')],
    ['crypto.ciphertext', (copy) => (copy.crypto.ciphertext = 'zz')],
    ['crypto.mac', (copy) => (copy.crypto.mac = '00')],
    ['cipherparams.iv', (copy) => (copy.crypto.cipherparams.iv = '00')],
    ['crypto.kdf', (copy) => (copy.crypto.kdf = 'md5')],
    ['kdfparams.salt', (copy) => (copy.crypto.kdfparams.salt = 1)],
    ['kdfparams.dklen', (copy) => (copy.crypto.kdfparams.dklen = 16)],
    ['kdfparams.n', (copy) => (copy.crypto.kdfparams.n = 1000)],
    ['kdfparams.n', (copy) => (copy.crypto.kdfparams.n = 2 ** 30)],
    ['kdfparams.r', (copy) => (copy.crypto.kdfparams.r = 1e9)],
    ['kdfparams.p', (copy) => (copy.crypto.kdfparams.p = 1e9)],
  ])('refuses a bad member, naming it: %s', async (name, change) => {
    const made = await createKeystore(generatePrivateKey(random), {}, deps)
    expect(() => parseKeystore(changed(made.toJSON(), change), crypto)).toThrow(
      expect.objectContaining({ code: 'EKEYSTORE', message: expect.stringContaining(name) }),
    )
  })

  it.each([[''], ['{'], ['[]'], ['null'], ['"x"'], [`{${' '.repeat(20_000)}}`]])(
    'refuses the text %#',
    (text) => {
      expect(() => parseKeystore(text, crypto)).toThrow(
        expect.objectContaining({ code: 'EKEYSTORE' }),
      )
    },
  )
})
