/** The name of a value: a hash of what it says, keyed so that the name tells nothing about it. */
import { createHmac, webcrypto } from 'node:crypto'

/** Hashed in another thread: a long value takes many milliseconds. */
export async function valueKey(secret: Uint8Array, bytes: Uint8Array): Promise<string> {
  const digest = await webcrypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)
  return createHmac('sha256', secret).update(new Uint8Array(digest)).digest('hex')
}
