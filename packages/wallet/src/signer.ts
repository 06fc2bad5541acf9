/** A key that signs: the only thing most of the house sees of a private key. */
import type { Signer } from '@manyhands/protocol'

import type { Crypto } from './crypto.ts'
import { hashMessage } from './personal-message.ts'

/** Keeps its own copy of the key, out of reach. Throws EBADARG for an impossible key. */
export function createSigner(privateKey: Uint8Array, crypto: Crypto): Signer {
  const key = Uint8Array.from(privateKey)
  return {
    address: crypto.addressOf(key),
    sign: (text) => crypto.sign(hashMessage(text, crypto), key),
  }
}
