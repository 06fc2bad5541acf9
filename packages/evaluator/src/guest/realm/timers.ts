/**
 * The timers of a work function. They live for one slice: what is left when the slice has settled is
 * cancelled, and what is asked for between slices never fires.
 */
import type { RealmPlatform } from './platform.ts'

type Handler = (...parameters: unknown[]) => unknown

export interface SliceTimers {
  readonly globals: Readonly<Record<string, unknown>>
  open(): void
  cancelAll(): void
}

export function createTimers(
  platform: RealmPlatform,
  onUncaught: (thrown: unknown) => void,
): SliceTimers {
  const live = new Map<number, unknown>()
  let last = 0
  let opened = false

  function call(handler: Handler, parameters: unknown[]): void {
    try {
      Reflect.apply(handler, globalThis, parameters)
    } catch (thrown) {
      onUncaught(thrown)
    }
  }

  function add(handler: unknown, delay: unknown, repeat: boolean, parameters: unknown[]): number {
    if (typeof handler !== 'function') throw new TypeError('a timer needs a function to call')
    const id = (last += 1)
    if (!opened) return id
    const delayMs = Math.max(repeat ? 1 : 0, Number(delay) || 0)
    const fire = (): void => {
      if (repeat) live.set(id, platform.setTimer(fire, delayMs))
      else live.delete(id)
      call(handler as Handler, parameters)
    }
    live.set(id, platform.setTimer(fire, delayMs))
    return id
  }

  function clear(id: unknown): void {
    if (typeof id !== 'number' || !live.has(id)) return
    platform.clearTimer(live.get(id))
    live.delete(id)
  }

  return {
    globals: {
      setTimeout: (handler: unknown, delay?: unknown, ...parameters: unknown[]) =>
        add(handler, delay, false, parameters),
      setInterval: (handler: unknown, delay?: unknown, ...parameters: unknown[]) =>
        add(handler, delay, true, parameters),
      setImmediate: (handler: unknown, ...parameters: unknown[]) =>
        add(handler, 0, false, parameters),
      clearTimeout: clear,
      clearInterval: clear,
    },
    open() {
      opened = true
    },
    cancelAll() {
      opened = false
      if (live.size === 0) return
      for (const handle of live.values()) platform.clearTimer(handle)
      live.clear()
    },
  }
}
