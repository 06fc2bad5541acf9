/** Addresses: the last 20 bytes of the hash of a public key, written with the EIP-55 checksum. */
import { type Address, DcpError } from '@manyhands/protocol'
import { bytesToHex } from '@noble/hashes/utils.js'

import type { Crypto } from './crypto.ts'

type Keccak = Crypto['keccak256']

const form = /^0x[0-9a-fA-F]{40}$/
const upperFrom = 8

/** `hex` is 40 lower-case digits. A digit is upper case where the hash's nibble is 8 or more. */
function withChecksum(hex: string, keccak256: Keccak): Address {
  const ascii = new Uint8Array(40)
  for (let at = 0; at < 40; at += 1) ascii[at] = hex.charCodeAt(at)
  const hash = keccak256(ascii)
  let text = '0x'
  for (let at = 0; at < 40; at += 1) {
    const byte = hash[at >> 1] ?? 0
    const nibble = at % 2 === 0 ? byte >> 4 : byte & 15
    const digit = hex.charAt(at)
    text += nibble >= upperFrom ? digit.toUpperCase() : digit
  }
  return text as Address
}

/** `publicKey` is 65 bytes, uncompressed, with its leading 4. */
export function addressOfPublicKey(publicKey: Uint8Array, keccak256: Keccak): Address {
  return withChecksum(bytesToHex(keccak256(publicKey.subarray(1)).subarray(12)), keccak256)
}

/**
 * The address in checksum form. Text in a single letter case is taken as it is; mixed case must
 * carry the right checksum. Throws EBADARG.
 */
export function parseAddress(text: unknown, crypto: Pick<Crypto, 'keccak256'>): Address {
  if (typeof text !== 'string' || !form.test(text)) {
    throw new DcpError('EBADARG', 'an address is 0x and 40 hexadecimal digits', {
      details: { address: typeof text === 'string' ? text.slice(0, 64) : typeof text },
    })
  }
  const digits = text.slice(2)
  const lower = digits.toLowerCase()
  const address = withChecksum(lower, crypto.keccak256)
  if (digits !== lower && digits !== digits.toUpperCase() && text !== address) {
    throw new DcpError('EBADARG', `the checksum of the address ${text} is wrong: is it mistyped?`, {
      details: { address: text },
    })
  }
  return address
}
