import { readFileSync } from 'node:fs'

import { seededRandom } from '@manyhands/protocol'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { describe, expect, it } from 'vitest'

import { readCaptures, readVector } from './_vectors.ts'
import {
  createPureCrypto,
  createSigner,
  eh1,
  generatePrivateKey,
  hashMessage,
  joinHash,
  joinHashHash,
  parsePrivateKey,
  recoverSigner,
} from './index.ts'
import { loadCrypto } from './node/load-crypto.ts'
import { createNativeCrypto } from './node/native-crypto.ts'

const vectors = readVector('crypto.json')
const captures = readCaptures()
const shared = await loadCrypto()
const backends = [createPureCrypto(), createNativeCrypto(shared.keccak256)]

describe.each(backends)('the $backend backend', (crypto) => {
  it('derives the addresses of the vectors', () => {
    for (const { privateKey, address } of vectors.addresses) {
      expect(crypto.addressOf(parsePrivateKey(privateKey))).toBe(address)
    }
  })

  it('reproduces the hashes and signatures of the vectors', () => {
    for (const vector of vectors.signatures) {
      const signer = createSigner(parsePrivateKey(vector.privateKey), crypto)
      const digest = hashMessage(vector.signedString, crypto)
      expect(`0x${bytesToHex(digest)}`).toBe(vector.personalMessageHash)
      expect(JSON.stringify(signer.sign(vector.signedString))).toBe(vector.signatureJsonCompact)
      expect(recoverSigner(vector.signedString, signer.sign(vector.signedString), crypto)).toBe(
        vector.address,
      )
    }
  })

  it('makes eh1 hashes, join hashes and join hash hashes', () => {
    for (const { input, output } of vectors.hashes.eh1) expect(eh1(input, crypto)).toBe(output)
    const { joinHash: group, joinHashHash: request, publicGroup } = vectors.hashes
    expect(joinHash(group.joinKey, group.joinSecret, crypto)).toBe(group.joinHash)
    expect(joinHashHash(request.dcpsid, request.joinHash, crypto)).toBe(request.joinHashHash)
    expect(joinHashHash(publicGroup.dcpsid, '', crypto)).toBe(publicGroup.joinHashHash)
    const demo = joinHash('dcpDemo', 'theSecret', crypto)
    expect(demo).toBe('eh1-6ca713e611fd01cc846861c3dd91e89bdc6146a73161e1c95c9f4bd6e726952f')
    expect(joinHashHash('SID-0123', demo, crypto)).toBe(
      'eh1-26881258adfe99eb916941a0c0f1139bc298fddb0d770a5fe301921b4d8bba6d',
    )
    expect(joinHashHash('SID-0123', '', crypto)).toBe(
      'eh1-9eeae41307695e9443f360b4b135bb209ee062a646e820ad346189922433e7f7',
    )
  })

  it('recovers the signer of every captured message', () => {
    expect(captures.sealed.length).toBeGreaterThanOrEqual(330)
    const wrong = captures.sealed.filter(
      ({ owner, signature, bodyText }) => recoverSigner(bodyText, signature, crypto) !== owner,
    )
    expect(wrong).toEqual([])
  })

  it('signs every captured message whose key is known with the same bytes', () => {
    const keys = captures.privateKeys.map((text) => createSigner(parsePrivateKey(text), crypto))
    const signers = new Map(keys.map((signer) => [signer.address as string, signer]))
    let signed = 0
    for (const { owner, signature, bodyText } of captures.sealed) {
      const signer = signers.get(owner)
      if (signer === undefined) continue
      expect(signer.sign(bodyText)).toEqual(signature)
      signed += 1
    }
    expect(signed).toBeGreaterThanOrEqual(295)
  })

  it('recovers nobody from a signature without meaning', () => {
    const digest = new Uint8Array(32).fill(7)
    const good = crypto.sign(digest, new Uint8Array(32).fill(1))
    const zeros = Array.from({ length: 32 }, () => 0)
    const bad: unknown[] = [
      { ...good, v: 29 },
      { ...good, v: '27' },
      { ...good, r: zeros },
      { ...good, s: zeros },
      { ...good, r: zeros.map(() => 255) },
      { ...good, r: good.r.slice(1) },
      { ...good, s: [...good.s.slice(1), 256] },
      { ...good, s: [...good.s.slice(1), -1] },
      { ...good, s: [...good.s.slice(1), 0.5] },
      { ...good, r: 'x'.repeat(32) },
      { ...good, s: undefined },
    ]
    for (const signature of bad) {
      expect(crypto.recover(digest, signature as typeof good)).toBeUndefined()
    }
    expect(crypto.recover(new Uint8Array(31), good)).toBeUndefined()
  })

  it('refuses private keys outside the range of the curve', () => {
    const order = 'fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141'
    const digest = new Uint8Array(32)
    for (const key of [new Uint8Array(32), hexToBytes(order), new Uint8Array(31).fill(1)]) {
      expect(() => crypto.addressOf(key)).toThrow(expect.objectContaining({ code: 'EBADARG' }))
      expect(() => crypto.sign(digest, key)).toThrow(expect.objectContaining({ code: 'EBADARG' }))
    }
  })
})

describe('the backends', () => {
  const [pure, native] = backends as [(typeof backends)[0], (typeof backends)[0]]

  it('agree on random keys and messages, also on the other half of s', () => {
    const random = seededRandom('agree')
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
    for (let round = 0; round < 20; round += 1) {
      const key = generatePrivateKey(random)
      const digest = random.bytes(32)
      const signature = native.sign(digest, key)
      expect(pure.sign(digest, key)).toEqual(signature)
      const s = BigInt(`0x${bytesToHex(Uint8Array.from(signature.s))}`)
      const highS = (order - s).toString(16).padStart(64, '0')
      const high = { ...signature, s: [...hexToBytes(highS)], v: 55 - signature.v }
      expect(pure.recover(digest, high)).toBe(native.addressOf(key))
      expect(native.recover(digest, high)).toBe(native.addressOf(key))
    }
  })

  it('agree on hashes of every length around the block size', () => {
    const random = seededRandom('hash')
    for (const length of [0, 1, 31, 135, 136, 137, 272, 5000]) {
      const data = random.bytes(length)
      expect(native.keccak256(data)).toEqual(pure.keccak256(data))
    }
  })

  it('chooses native code where its binary can be loaded', () => {
    const binary = process.report.getReport() as { sharedObjects?: string[] }
    const loaded = (binary.sharedObjects ?? []).some((file) => file.includes('secp256k1'))
    expect(shared.backend).toBe(loaded ? 'native' : 'pure')
  })
})

it('keeps node: modules out of what browsers load', () => {
  for (const file of ['index.ts', 'keystore.ts', 'crypto-pure.ts', 'signer.ts', 'address.ts']) {
    expect(readFileSync(new URL(file, import.meta.url), 'utf8')).not.toMatch(/from 'node:/)
  }
})
