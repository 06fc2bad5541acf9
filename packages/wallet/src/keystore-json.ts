/** The text of a keystore file: Ethereum's V3 form with DCP's three additional members. */
import { DcpError } from '@manyhands/protocol'

import { limits } from './limits.ts'

interface ScryptParameters {
  readonly dklen: number
  readonly salt: string
  readonly n: number
  readonly r: number
  readonly p: number
}

interface Pbkdf2Parameters {
  readonly dklen: number
  readonly salt: string
  readonly c: number
  readonly prf: string
}

/** What is in a keystore file. All bytes are hexadecimal without `0x`. */
export interface KeystoreJson {
  readonly version: 3
  readonly id: string
  readonly address: string
  readonly crypto: {
    readonly ciphertext: string
    readonly cipherparams: { readonly iv: string }
    readonly cipher: 'aes-128-ctr'
    readonly mac: string
  } & (
    | { readonly kdf: 'scrypt'; readonly kdfparams: ScryptParameters }
    | { readonly kdf: 'pbkdf2'; readonly kdfparams: Pbkdf2Parameters }
  )
  readonly label?: string
  /** When it was made, in words; nobody reads it back. */
  readonly timestamp?: string
  /** The program that made it. */
  readonly process?: unknown
}

function refuse(what: string): never {
  throw new DcpError('EKEYSTORE', `this is not a keystore that can be used: ${what}`)
}

type Fields = Readonly<Record<string, unknown>>

function asObject(value: unknown, name: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    refuse(`${name} is not an object`)
  }
  return value as Fields
}

function assertHex(value: unknown, name: string, bytes?: number): void {
  if (typeof value !== 'string' || !/^([0-9a-fA-F]{2})+$/.test(value)) {
    refuse(`${name} is not hexadecimal`)
  }
  if (bytes !== undefined && value.length !== bytes * 2) refuse(`${name} is not ${bytes} bytes`)
}

function assertCount(value: unknown, name: string, max: number): void {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1 || value > max) {
    refuse(`${name} is not a number from 1 to ${max}`)
  }
}

function assertScrypt(parameters: Fields): void {
  assertHex(parameters['salt'], 'kdfparams.salt')
  if (parameters['dklen'] !== 32) refuse('kdfparams.dklen is not 32')
  assertCount(parameters['r'], 'kdfparams.r', 64)
  assertCount(parameters['p'], 'kdfparams.p', 16)
  const n = parameters['n']
  assertCount(n, 'kdfparams.n', limits.scryptBytes / (128 * Number(parameters['r'])))
  if (!Number.isInteger(Math.log2(Number(n))) || n === 1) refuse('kdfparams.n is no power of two')
}

function assertPbkdf2(parameters: Fields): void {
  assertHex(parameters['salt'], 'kdfparams.salt')
  if (parameters['dklen'] !== 32) refuse('kdfparams.dklen is not 32')
  if (parameters['prf'] !== 'hmac-sha256') refuse('kdfparams.prf is not hmac-sha256')
  assertCount(parameters['c'], 'kdfparams.c', limits.pbkdf2Rounds)
}

/** Throws EKEYSTORE naming the member that is not as it should be. */
export function assertKeystoreJson(value: unknown): asserts value is KeystoreJson {
  const json = asObject(value, 'the text')
  if (json['version'] !== 3) refuse('version is not 3')
  if (typeof json['address'] !== 'string' || !/^(0x)?[0-9a-fA-F]{40}$/.test(json['address'])) {
    refuse('address is not 40 hexadecimal digits')
  }
  if (json['label'] !== undefined && typeof json['label'] !== 'string') refuse('label is no text')
  const locked = asObject(json['crypto'], 'crypto')
  assertHex(locked['ciphertext'], 'crypto.ciphertext', 32)
  assertHex(locked['mac'], 'crypto.mac', 32)
  assertHex(asObject(locked['cipherparams'], 'crypto.cipherparams')['iv'], 'cipherparams.iv', 16)
  if (locked['cipher'] !== 'aes-128-ctr') refuse('crypto.cipher is not aes-128-ctr')
  const parameters = asObject(locked['kdfparams'], 'crypto.kdfparams')
  if (locked['kdf'] === 'scrypt') assertScrypt(parameters)
  else if (locked['kdf'] === 'pbkdf2') assertPbkdf2(parameters)
  else refuse('crypto.kdf is neither scrypt nor pbkdf2')
}

/** Throws EKEYSTORE. */
export function parseKeystoreJson(text: string): KeystoreJson {
  if (text.length > limits.keystoreChars) refuse(`it is longer than ${limits.keystoreChars}`)
  let value: unknown
  try {
    value = JSON.parse(text.trim())
  } catch (cause) {
    throw new DcpError('EKEYSTORE', 'this is not a keystore: the text is not JSON', { cause })
  }
  assertKeystoreJson(value)
  return value
}
