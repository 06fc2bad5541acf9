/** A token bucket: `burst` at once, then `perSecond`. */
export interface Bucket {
  take(): boolean
}

export function createBucket(burst: number, perSecond: number, now: () => number): Bucket {
  let tokens = burst
  let filledAt = now()
  return {
    take() {
      const at = now()
      tokens = Math.min(burst, tokens + ((at - filledAt) / 1000) * perSecond)
      filledAt = at
      if (tokens < 1) return false
      tokens -= 1
      return true
    },
  }
}
