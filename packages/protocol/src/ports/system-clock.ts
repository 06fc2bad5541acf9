/** The real clock: the one place of the neutral packages that reads the time or sets a timer. */
import type { CancelTimer, Clock, TimerOptions } from '../ports.ts'

/** A longer delay would make `setTimeout` fire at once. */
const delayMaxMs = 2_147_483_647

/** The clock of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer,
  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(reasonOf(signal))
        return
      }
      const onAbort = (): void => {
        cancel()
        if (signal !== undefined) reject(reasonOf(signal))
      }
      const cancel = setTimer(delayMs, () => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      })
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  },
}

function setTimer(delayMs: number, callback: () => void, options: TimerOptions = {}): CancelTimer {
  const due = performance.now() + delayMs
  let handle: unknown
  const arm = (): void => {
    const left = Math.max(0, due - performance.now())
    const fire = left > delayMaxMs ? arm : callback
    handle = setTimeout(fire, Math.min(left, delayMaxMs))
    if (options.background === true) unref(handle)
  }
  arm()
  return () => {
    clearTimeout(handle as ReturnType<typeof setTimeout>)
  }
}

/** Node's timers are objects that can let the process end; a browser's are numbers. */
function unref(handle: unknown): void {
  if (typeof handle !== 'object' || handle === null || !('unref' in handle)) return
  if (typeof handle.unref === 'function') handle.unref()
}

function reasonOf(signal: AbortSignal): Error {
  const reason: unknown = signal.reason
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason })
}
