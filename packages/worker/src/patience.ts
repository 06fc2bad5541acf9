/** Waiting that ends with its time, or when somebody is in a hurry. */
import type { Clock } from '@manyhands/protocol'

export interface Patience {
  /** Resolves with the promise, after `ms`, or at once when hurried. */
  wait(promise: Promise<unknown>, ms: number): Promise<void>
  /** Ends the present wait and all later ones. */
  hurry(): void
}

export function createPatience(clock: Clock): Patience {
  const hurried = new AbortController()
  return {
    async wait(promise, ms) {
      const over = new AbortController()
      const late = clock.sleep(ms, AbortSignal.any([over.signal, hurried.signal])).catch(() => {
        // Aborted: the promise was first, or somebody is in a hurry.
      })
      await Promise.race([promise, late])
      over.abort()
    },
    hurry: () => hurried.abort(),
  }
}
