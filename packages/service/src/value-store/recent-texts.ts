/** The texts that were added last, as many as have room together. */
import { createByteCache } from '../byte-cache.ts'

export interface RecentTexts {
  add(key: string, text: string): void
  get(key: string): string | undefined
}

export function createRecentTexts(lengthMax: number): RecentTexts {
  const texts = createByteCache<string>(lengthMax)
  return {
    add(key, text) {
      if (text.length <= lengthMax) texts.put(key, text, text.length)
    },
    get: (key) => texts.get(key),
  }
}
