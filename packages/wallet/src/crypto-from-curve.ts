/**
 * Builds a `Crypto` from a curve and a hash: what all backends share, so that they cannot disagree
 * about which keys and signatures have a form at all.
 */
import { type Address, DcpError, type Signature } from '@manyhands/protocol'

import { addressOfPublicKey } from './address.ts'
import type { Crypto } from './crypto.ts'

/** The three operations on secp256k1, in bytes. Recovery ids are 0 and 1. */
export interface Curve {
  /** 64 bytes `r || s` with low s, and the recovery id. Throws for a key outside the group. */
  sign(digest: Uint8Array, privateKey: Uint8Array): { compact: Uint8Array; recovery: number }
  /** The public key, 65 bytes. Throws when there is none. */
  recover(digest: Uint8Array, compact: Uint8Array, recovery: number): Uint8Array
  /** The public key of a private one, 65 bytes. Throws for a key outside the group. */
  publicKey(privateKey: Uint8Array): Uint8Array
}

interface Parts {
  readonly backend: Crypto['backend']
  readonly curve: Curve
  readonly keccak256: (data: Uint8Array) => Uint8Array
}

function assertPrivateKey(privateKey: Uint8Array): void {
  if (privateKey.length !== 32) {
    throw new DcpError('EBADARG', `a private key has 32 bytes, not ${privateKey.length}`)
  }
}

function assertDigest(digest: Uint8Array): void {
  if (digest.length !== 32) throw new DcpError('EBADARG', 'a digest to sign has 32 bytes')
}

/** Copies 32 integers of 0-255 into `target`; false when `source` is anything else. */
function copyBytes(source: readonly number[], target: Uint8Array, offset: number): boolean {
  if (!Array.isArray(source) || source.length !== 32) return false
  for (let at = 0; at < 32; at += 1) {
    const byte: unknown = source[at]
    if (typeof byte !== 'number' || (byte & 255) !== byte) return false
    target[offset + at] = byte
  }
  return true
}

/** The curve libraries refuse zero and keys beyond the order; the reason is the same for all. */
function withKey<Result>(work: () => Result): Result {
  try {
    return work()
  } catch (cause) {
    throw new DcpError('EBADARG', 'this private key is outside the range of the curve', { cause })
  }
}

export function cryptoFromCurve({ backend, curve, keccak256 }: Parts): Crypto {
  return {
    backend,
    keccak256,
    sign(digest, privateKey): Signature {
      assertPrivateKey(privateKey)
      assertDigest(digest)
      const { compact, recovery } = withKey(() => curve.sign(digest, privateKey))
      return {
        r: Array.from(compact.subarray(0, 32)),
        s: Array.from(compact.subarray(32, 64)),
        v: 27 + recovery,
      }
    },
    recover(digest, { r, s, v }): Address | undefined {
      const compact = new Uint8Array(64)
      if (digest.length !== 32 || (v !== 27 && v !== 28)) return undefined
      if (!copyBytes(r, compact, 0) || !copyBytes(s, compact, 32)) return undefined
      let publicKey
      try {
        publicKey = curve.recover(digest, compact, v - 27)
      } catch {
        // Not a point, or r or s out of range: nobody signed this.
        return undefined
      }
      return addressOfPublicKey(publicKey, keccak256)
    },
    addressOf(privateKey): Address {
      assertPrivateKey(privateKey)
      return addressOfPublicKey(
        withKey(() => curve.publicKey(privateKey)),
        keccak256,
      )
    },
  }
}
