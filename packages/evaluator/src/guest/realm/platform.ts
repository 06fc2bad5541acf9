/**
 * What the harness needs from the realm, taken before any untrusted byte runs and before the global
 * object is hardened. The work function can replace what it sees, not what was taken here.
 */
import { lazily } from './lazily.ts'

export interface RealmPlatform {
  post(report: unknown): void
  /** Milliseconds with the platform's full resolution; never shown to the work function. */
  readonly now: () => number
  setTimer(callback: () => void, delayMs: number): unknown
  clearTimer(handle: unknown): void
  /** One turn of the event loop, so that messages get in. */
  turn(): Promise<void>
  /** Blocks this thread for good where that is possible. */
  halt(): void
}

interface DedicatedScope {
  postMessage(message: unknown): void
}

function turns(): () => Promise<void> {
  const { port1, port2 } = new MessageChannel()
  let resume: (() => void) | undefined
  port1.addEventListener('message', () => resume?.())
  port1.start()
  return () =>
    new Promise((resolve) => {
      resume = resolve
      port2.postMessage(0)
    })
}

export function takePlatform(): RealmPlatform {
  const scope = globalThis as unknown as DedicatedScope
  const { performance } = globalThis
  const theSetTimeout = lazily('setTimeout')
  const theClearTimeout = lazily('clearTimeout')
  const post = scope.postMessage.bind(scope)
  const wait = globalThis.Atomics.wait.bind(globalThis.Atomics)
  const gate =
    globalThis.SharedArrayBuffer === undefined
      ? undefined
      : new Int32Array(new SharedArrayBuffer(4))
  return {
    post,
    now: performance.now.bind(performance),
    setTimer: (callback, delayMs) => theSetTimeout()(callback, delayMs),
    clearTimer: (handle) => theClearTimeout()(handle as number),
    turn: turns(),
    halt() {
      if (gate !== undefined) wait(gate, 0, 0)
    },
  }
}
