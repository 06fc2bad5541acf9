/**
 * A private key locked by a passphrase. The key is never kept: each `unlock` derives it again, and
 * the passphrase may be empty, as it commonly is on a development computer.
 */
import { type Address, type Clock, DcpError, type Random, type Signer } from '@manyhands/protocol'
import { ctr } from '@noble/ciphers/aes.js'
import { pbkdf2Async } from '@noble/hashes/pbkdf2.js'
import { scryptAsync } from '@noble/hashes/scrypt.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js'

import { parseAddress } from './address.ts'
import type { Crypto } from './crypto.ts'
import { type KeystoreJson, assertKeystoreJson, parseKeystoreJson } from './keystore-json.ts'
import { limits } from './limits.ts'
import { createSigner } from './signer.ts'

export interface Keystore {
  readonly address: Address
  readonly label: string | undefined
  /** Throws EKEYSTORE with `details.reason` 'passphrase' when it is the wrong one. */
  unlock(passphrase: string): Promise<Signer>
  /** The key itself, 32 bytes; prefer `unlock`. Throws as `unlock` does. */
  unlockPrivateKey(passphrase: string): Promise<Uint8Array>
  /** What is written to its file. */
  toJSON(): KeystoreJson
}

export interface KeystoreOptions {
  /** Empty when missing. */
  readonly passphrase?: string
  readonly label?: string
  /** The name of the program that makes it. */
  readonly process?: string
}

export interface KeystoreDeps {
  readonly crypto: Crypto
  readonly random: Random
  readonly clock: Pick<Clock, 'now'>
}

/** What dcp-client uses: strong keys come from random bytes, the passphrase guards only the file. */
const scryptCost = { n: 1024, r: 8, p: 1, dklen: 32 } as const

function derive({ crypto }: KeystoreJson, passphrase: string): Promise<Uint8Array> {
  if (crypto.kdf === 'pbkdf2') {
    const { salt, c, dklen } = crypto.kdfparams
    return pbkdf2Async(sha256, passphrase, hexToBytes(salt), { c, dkLen: dklen })
  }
  const { salt, n, r, p, dklen } = crypto.kdfparams
  const options = { N: n, r, p, dkLen: dklen, maxmem: limits.scryptBytes * 2 }
  return scryptAsync(passphrase, hexToBytes(salt), options)
}

function macOf(derived: Uint8Array, ciphertext: Uint8Array, crypto: Crypto): string {
  return bytesToHex(crypto.keccak256(concatBytes(derived.subarray(16, 32), ciphertext)))
}

/** A random UUID, version 4, from 16 bytes. */
function uuidOf(bytes: Uint8Array): string {
  const hex = bytesToHex(bytes)
  const variant = ((bytes[8] ?? 0) & 0x3f) | 0x80
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    variant.toString(16) + hex.slice(18, 20),
    hex.slice(20),
  ].join('-')
}

function keystoreOf(json: KeystoreJson, crypto: Crypto): Keystore {
  const address = parseAddress(`0x${json.address.toLowerCase().replace(/^0x/, '')}`, crypto)
  const name = json.label ?? address
  async function unlockPrivateKey(passphrase: string): Promise<Uint8Array> {
    const derived = await derive(json, passphrase)
    const ciphertext = hexToBytes(json.crypto.ciphertext)
    if (macOf(derived, ciphertext, crypto) !== json.crypto.mac.toLowerCase()) {
      throw new DcpError('EKEYSTORE', `wrong passphrase for the keystore ${name}`, {
        details: { reason: 'passphrase', address },
      })
    }
    const iv = hexToBytes(json.crypto.cipherparams.iv)
    const privateKey = ctr(derived.slice(0, 16), iv).decrypt(ciphertext)
    if (crypto.addressOf(privateKey) !== address) {
      throw new DcpError('EKEYSTORE', `the keystore ${name} holds the key of another address`, {
        details: { reason: 'address', address },
      })
    }
    return privateKey
  }
  return {
    address,
    label: json.label,
    unlockPrivateKey,
    unlock: async (passphrase) => createSigner(await unlockPrivateKey(passphrase), crypto),
    toJSON: () => json,
  }
}

/** Locks a private key. The caller may forget the key afterwards. */
export async function createKeystore(
  privateKey: Uint8Array,
  options: KeystoreOptions,
  { crypto, random, clock }: KeystoreDeps,
): Promise<Keystore> {
  const address = crypto.addressOf(privateKey)
  const kdfparams = { ...scryptCost, salt: bytesToHex(random.bytes(32)) }
  const { n, r, p, dklen } = scryptCost
  const salt = hexToBytes(kdfparams.salt)
  const derived = await scryptAsync(options.passphrase ?? '', salt, { N: n, r, p, dkLen: dklen })
  const iv = random.bytes(16)
  const ciphertext = ctr(derived.slice(0, 16), iv).encrypt(privateKey)
  const json: KeystoreJson = {
    version: 3,
    id: uuidOf(random.bytes(16)),
    address: address.slice(2).toLowerCase(),
    crypto: {
      ciphertext: bytesToHex(ciphertext),
      cipherparams: { iv: bytesToHex(iv) },
      cipher: 'aes-128-ctr',
      kdf: 'scrypt',
      kdfparams,
      mac: macOf(derived, ciphertext, crypto),
    },
    ...(options.label === undefined ? {} : { label: options.label }),
    timestamp: new Date(clock.now()).toISOString(),
    ...(options.process === undefined ? {} : { process: options.process }),
  }
  return keystoreOf(json, crypto)
}

/** Reads a keystore from the text of its file, or from its JSON value. Throws EKEYSTORE. */
export function parseKeystore(source: unknown, crypto: Crypto): Keystore {
  if (typeof source === 'string') return keystoreOf(parseKeystoreJson(source), crypto)
  assertKeystoreJson(source)
  return keystoreOf(source, crypto)
}
