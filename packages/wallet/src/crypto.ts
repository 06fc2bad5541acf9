/**
 * The port through which keys, hashes and signatures reach the rest of the house, so that a server
 * can use native code, and a browser plain JavaScript, with the same bytes coming out.
 */
import type { Address, Signature } from '@manyhands/protocol'

export interface Crypto {
  /** Which code signs: 'native' is about thirty times as fast as 'pure'. */
  readonly backend: 'native' | 'pure'
  /** Keccak with the original padding, not SHA3-256. Returns 32 bytes that the caller owns. */
  readonly keccak256: (data: Uint8Array) => Uint8Array
  /** Signs a 32-byte digest: RFC 6979 nonce, low s. Throws EBADARG for an impossible key. */
  sign(digest: Uint8Array, privateKey: Uint8Array): Signature
  /** Who signed `digest`; undefined when the signature has no meaning. Never throws for bad input. */
  recover(digest: Uint8Array, signature: Signature): Address | undefined
  /** The address of a private key. Throws EBADARG for an impossible key. */
  addressOf(privateKey: Uint8Array): Address
}
