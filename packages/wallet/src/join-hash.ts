/** The hash `eh1` and the secrets of compute groups made with it (wire-protocol §3.4). */
import { bytesToHex } from '@noble/hashes/utils.js'

import type { Crypto } from './crypto.ts'
import { hashMessage } from './personal-message.ts'

/** `eh1-` and 64 hexadecimal digits: the personal-message hash of `text`. */
export function eh1(text: string, crypto: Pick<Crypto, 'keccak256'>): string {
  return `eh1-${bytesToHex(hashMessage(text, crypto))}`
}

/** What a server keeps of a group's password. `salt` is the join key, else the join address. */
export function joinHash(salt: string, joinSecret: string, crypto: Crypto): string {
  return eh1(`${salt} ${joinSecret}`, crypto)
}

/**
 * What travels in a request: bound to the session it travels in. An empty `hash` is that of a group
 * without a secret; official workers then hash the words `public undefined`.
 */
export function joinHashHash(sessionId: string, hash: string, crypto: Crypto): string {
  const secret = hash === '' ? eh1('public undefined', crypto) : hash
  return eh1(sessionId + secret, crypto)
}
