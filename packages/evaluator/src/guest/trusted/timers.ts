/**
 * The engine's own timers, in the place of those of the runtime: it takes ten milliseconds to make its
 * first one, a sixth of the time that a sandbox has for its start.
 */
interface AsyncWaits {
  waitAsync(
    array: Int32Array,
    index: number,
    expected: number,
    timeoutMs: number,
  ): { readonly value: string | Promise<string> }
}

/** Nobody ever writes to it or wakes who waits for it. */
const never = new Int32Array(new SharedArrayBuffer(4))
const atomics = Atomics as unknown as AsyncWaits

/** Calls back after `delayMs`, unless what it returns is called before. */
export function later(callback: () => void, delayMs: number): () => void {
  let cancelled = false
  async function wait(): Promise<void> {
    await atomics.waitAsync(never, 0, 0, delayMs).value
    if (!cancelled) callback()
  }
  void wait()
  return () => {
    cancelled = true
  }
}

/** Lets this whole thread stand still; what comes meanwhile waits. */
export function standStill(ms: number): void {
  Atomics.wait(never, 0, 0, ms)
}

/** Calls back every `intervalMs`, for as long as the process lives. */
export function every(callback: () => void, intervalMs: number): void {
  later(() => {
    callback()
    every(callback, intervalMs)
  }, intervalMs)
}
