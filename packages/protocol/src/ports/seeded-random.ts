/**
 * A deterministic random source for tests and simulations (xoshiro128**, seeded by hashing the
 * text). Never for keys: whoever knows the seed knows every number.
 */
import { drawToken } from './alphabet.ts'
import { hashText, mix32 } from '../mix.ts'
import type { Random } from '../ports.ts'

/** The same seed gives the same numbers, on every platform. */
export function seededRandom(seed: string): Random {
  const state = new Uint32Array(4)
  const origin = hashText(seed)
  for (let i = 0; i < 4; i++) state[i] = mix32(origin[i % 2] ?? 0, 0x9e3779b9 * (i + 1))
  // All zero is the one state the generator never leaves.
  if (state.every((word) => word === 0)) state[0] = 1

  const next = (): number => {
    const [a = 0, b = 0, c = 0, d = 0] = state
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0
    const c2 = c ^ a
    const d2 = d ^ b
    state[0] = a ^ d2
    state[1] = b ^ c2
    state[2] = c2 ^ (b << 9)
    state[3] = rotate(d2, 11)
    return result
  }
  const bytes = (length: number): Uint8Array => {
    const result = new Uint8Array(length)
    for (let at = 0; at < length; at += 4) {
      const word = next()
      for (let i = 0; i < 4 && at + i < length; i++) result[at + i] = word >>> (8 * i)
    }
    return result
  }
  return {
    bytes,
    token: (length) => drawToken(length, bytes),
    float: () => ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53,
  }
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by))
}
