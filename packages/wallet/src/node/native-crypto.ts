/**
 * libsecp256k1 through its N-API binding. The package has a JavaScript stand-in that it loads without
 * a word when the binary is missing; here only the binary counts, and it must pass a self-test.
 */
import { createRequire } from 'node:module'

import type * as Binding from 'secp256k1'

import { createPureCrypto } from '../crypto-pure.ts'
import { type Curve, cryptoFromCurve } from '../crypto-from-curve.ts'
import type { Crypto } from '../crypto.ts'

const require = createRequire(import.meta.url)

/** Throws when there is no binary for this platform. */
function loadBinding(): typeof Binding {
  const before = new Set(Object.keys(require.cache))
  const binding = require('secp256k1/bindings') as typeof Binding
  const binaries = Object.keys(require.cache).filter((file) => file.endsWith('.node'))
  const ours = binaries.filter((file) => file.includes('secp256k1') || !before.has(file))
  if (ours.length === 0) throw new Error('secp256k1 was loaded without its binary')
  return binding
}

function curveOf(binding: typeof Binding): Curve {
  return {
    sign(digest, privateKey) {
      const { signature, recid } = binding.ecdsaSign(digest, privateKey)
      return { compact: signature, recovery: recid }
    },
    recover: (digest, compact, recovery) => binding.ecdsaRecover(compact, recovery, digest, false),
    publicKey: (privateKey) => binding.publicKeyCreate(privateKey, false),
  }
}

/** Signs and recovers with fixed keys, and compares every byte with plain JavaScript's. */
function assertAgrees(native: Crypto): void {
  const pure = createPureCrypto()
  for (const [seed, keyByte] of [
    ['a', 1],
    ['b', 255],
  ] as const) {
    const privateKey = new Uint8Array(32).fill(keyByte, 31)
    const digest = pure.keccak256(new TextEncoder().encode(seed))
    const signature = pure.sign(digest, privateKey)
    const signer = pure.addressOf(privateKey)
    const same =
      JSON.stringify(native.sign(digest, privateKey)) === JSON.stringify(signature) &&
      native.recover(digest, signature) === signer &&
      native.addressOf(privateKey) === signer
    if (!same) throw new Error('the native secp256k1 gives other bytes than it should')
  }
}

/** About 30,000 signatures or 23,000 checks a second. Throws when it cannot be used here. */
export function createNativeCrypto(keccak256: Crypto['keccak256']): Crypto {
  const crypto = cryptoFromCurve({ backend: 'native', curve: curveOf(loadBinding()), keccak256 })
  assertAgrees(crypto)
  return crypto
}
