/**
 * Random numbers by position: `draw(n, i)` depends on the seed, on n and on i, and on nothing drawn
 * before. So a distribution of any length is its seed (design law 1).
 */
import { hashText, mix32 } from '../mix.ts'

/** The i-th number in [0, 1) that belongs to position n. */
export type Draw = (n: number, i: number) => number

export function createCounterRandom(seed: string): Draw {
  const [key0, key1] = hashText(seed)
  return (n, i) => {
    const low = n % 0x1_0000_0000
    const high = (n - low) / 0x1_0000_0000
    const a = mix32(mix32(mix32(key0, low), high), 2 * i + 1)
    const b = mix32(mix32(mix32(key1, low), high), 2 * i + 2)
    return ((a >>> 5) * 2 ** 26 + (b >>> 6)) / 2 ** 53
  }
}
