/**
 * Keeps what was read or written lately, up to a number of bytes; the oldest entries go first. The
 * latest one stays, however large.
 */
export interface ByteCache<Value> {
  get(key: string): Value | undefined
  put(key: string, value: Value, bytes: number): void
  clear(): void
}

export function createByteCache<Value>(bytesMax: number): ByteCache<Value> {
  const entries = new Map<string, { readonly value: Value; readonly bytes: number }>()
  let total = 0
  return {
    get: (key) => entries.get(key)?.value,
    put(key, value, bytes) {
      total += bytes - (entries.get(key)?.bytes ?? 0)
      entries.delete(key)
      entries.set(key, { value, bytes })
      for (const [oldest, entry] of entries) {
        if (total <= bytesMax || oldest === key) break
        entries.delete(oldest)
        total -= entry.bytes
      }
    },
    clear() {
      entries.clear()
      total = 0
    },
  }
}
