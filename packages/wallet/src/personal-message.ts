/** How text is hashed before it is signed: as an Ethereum personal message (wire-protocol §3.2). */
import type { Address, Signature } from '@manyhands/protocol'

import type { Crypto } from './crypto.ts'

const encoder = new TextEncoder()

/** The 32 bytes that are signed for `text`; the length in the prefix counts UTF-8 bytes. */
export function hashMessage(text: string, crypto: Pick<Crypto, 'keccak256'>): Uint8Array {
  const body = encoder.encode(text)
  const prefix = encoder.encode(`\x19Ethereum Signed Message:\n${body.length}`)
  const message = new Uint8Array(prefix.length + body.length)
  message.set(prefix)
  message.set(body, prefix.length)
  return crypto.keccak256(message)
}

/** Who signed exactly this text; undefined when the signature has no meaning. */
export function recoverSigner(
  text: string,
  signature: Signature,
  crypto: Crypto,
): Address | undefined {
  return crypto.recover(hashMessage(text, crypto), signature)
}
