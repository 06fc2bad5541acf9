/** The texts that were added last, as many as have room together. */
export interface RecentTexts {
  add(key: string, text: string): void
  get(key: string): string | undefined
}

export function createRecentTexts(lengthMax: number): RecentTexts {
  /** The oldest is the first. */
  const texts = new Map<string, string>()
  let length = 0

  function forget(key: string): void {
    length -= texts.get(key)?.length ?? 0
    texts.delete(key)
  }

  return {
    add(key, text) {
      forget(key)
      if (text.length > lengthMax) return
      texts.set(key, text)
      length += text.length
      for (const oldest of texts.keys()) {
        if (length <= lengthMax) return
        forget(oldest)
      }
    },
    get: (key) => texts.get(key),
  }
}
