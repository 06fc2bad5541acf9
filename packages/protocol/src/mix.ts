/**
 * 32-bit integer mixing shared by the seeded and the counter-based generators. Statistical quality
 * only; nothing here is secret.
 */

/** Spreads two words over one so that each input bit reaches every output bit (murmur3 finalizer). */
export function mix32(word: number, salt: number): number {
  let h = (word ^ Math.imul(salt, 0x9e3779b1)) >>> 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** Two words that depend on every character of the text. */
export function hashText(text: string): readonly [number, number] {
  let a = 0xdeadbeef
  let b = 0x41c6ce57
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    a = Math.imul(a ^ unit, 2_654_435_761)
    b = Math.imul(b ^ unit, 1_597_334_677)
  }
  return [mix32(a, b), mix32(b, a)]
}
