/** Random numbers fit for keys, nonces and tokens, from WebCrypto. */
import { drawToken } from './alphabet.ts'
import type { Random } from '../ports.ts'

/** The most that `getRandomValues` gives at once. */
const chunkMax = 65_536

/** The random source of this machine. */
export const systemRandom: Random = {
  bytes,
  token: (length) => drawToken(length, bytes),
  float() {
    const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2))
    return ((high >>> 5) * 2 ** 26 + (low >>> 6)) / 2 ** 53
  },
}

function bytes(length: number): Uint8Array {
  const result = new Uint8Array(length)
  for (let at = 0; at < length; at += chunkMax) {
    crypto.getRandomValues(result.subarray(at, at + chunkMax))
  }
  return result
}
