/** Private keys: 32 bytes; in text `0x` and 64 hexadecimal digits. */
import { DcpError, type Random } from '@manyhands/protocol'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'

import { pureCurve } from './crypto-pure.ts'

/** A fresh key that the curve accepts. */
export function generatePrivateKey(random: Random): Uint8Array {
  for (;;) {
    const bytes = random.bytes(32)
    try {
      pureCurve.publicKey(bytes)
      return bytes
    } catch {
      // Zero, or beyond the group's order: one in 2^127, so the next one will do.
    }
  }
}

/** Throws EBADARG, without repeating the text: it may be nearly a key. */
export function parsePrivateKey(text: string): Uint8Array {
  if (!/^(0x)?[0-9a-fA-F]{64}$/.test(text)) {
    throw new DcpError('EBADARG', 'a private key is 0x and 64 hexadecimal digits')
  }
  return hexToBytes(text.slice(-64))
}

export function encodePrivateKey(privateKey: Uint8Array): string {
  return `0x${bytesToHex(privateKey)}`
}
