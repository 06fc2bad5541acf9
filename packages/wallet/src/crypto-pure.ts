/** secp256k1 and Keccak in plain JavaScript: runs anywhere, and is what native code is checked by. */
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { keccak_256 } from '@noble/hashes/sha3.js'

import { type Curve, cryptoFromCurve } from './crypto-from-curve.ts'
import type { Crypto } from './crypto.ts'

export const pureCurve: Curve = {
  sign(digest, privateKey) {
    const bytes = secp256k1.sign(digest, privateKey, { prehash: false, format: 'recovered' })
    return { compact: bytes.subarray(1), recovery: bytes[0] ?? 0 }
  },
  recover(digest, compact, recovery) {
    const recovered = new Uint8Array(65)
    recovered[0] = recovery
    recovered.set(compact, 1)
    const { Point } = secp256k1
    const publicKey = secp256k1.recoverPublicKey(recovered, digest, { prehash: false })
    return Point.fromBytes(publicKey).toBytes(false)
  },
  publicKey: (privateKey) => secp256k1.getPublicKey(privateKey, false),
}

/** Everything in JavaScript, ready at once. About 2,300 signatures or 900 checks a second. */
export function createPureCrypto(): Crypto {
  return cryptoFromCurve({
    backend: 'pure',
    curve: pureCurve,
    keccak256: (data) => keccak_256(data),
  })
}
