/**
 * Keys whose rows are not committed yet, and keys whose values are being removed: what keeps a sweep
 * and a writer of the same text out of each other's way.
 */
export interface HeldKeys {
  /** Holds a key until the function is called, once the removal of its value, if any, is over. */
  hold(key: string): Promise<() => void>
  isHeld(key: string): boolean
  /** Removes a value that is not held. */
  remove(key: string, removal: () => Promise<void>): Promise<void>
}

export function createHeldKeys(): HeldKeys {
  const holders = new Map<string, number>()
  const removals = new Map<string, Promise<void>>()

  function drop(key: string): void {
    const left = (holders.get(key) ?? 1) - 1
    if (left === 0) holders.delete(key)
    else holders.set(key, left)
  }

  return {
    async hold(key) {
      holders.set(key, (holders.get(key) ?? 0) + 1)
      let released = false
      await removals.get(key)
      return () => {
        if (!released) drop(key)
        released = true
      }
    },
    isHeld: (key) => holders.has(key),
    async remove(key, removal) {
      const removed = removal().finally(() => removals.delete(key))
      removals.set(
        key,
        removed.catch(() => undefined),
      )
      await removed
    },
  }
}
