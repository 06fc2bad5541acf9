/**
 * Event emitters as the Compute API describes them: names compare without regard to case, and
 * listeners are called with `this` bound to the job.
 */

/** `Events` maps the names to the arguments their listeners get; other names get any arguments. */
type Arguments<Events, Name> = Name extends keyof Events
  ? Events[Name] extends readonly unknown[]
    ? Events[Name]
    : never[]
  : never[]

/** Adds or removes a listener; returns the emitter. */
interface Listen<Events, Bound, Self> {
  <Name extends (keyof Events & string) | (string & {})>(
    eventName: Name,
    listener: (this: Bound, ...args: [...Arguments<Events, Name>]) => unknown,
  ): Self
}

/** The methods every emitter of this package has; the synonyms do the same. */
export interface Emitter<Events, Bound> {
  readonly on: Listen<Events, Bound, this>
  readonly addListener: Listen<Events, Bound, this>
  readonly addEventListener: Listen<Events, Bound, this>
  /** As `on`, for one event. */
  readonly once: Listen<Events, Bound, this>
  readonly off: Listen<Events, Bound, this>
  readonly removeListener: Listen<Events, Bound, this>
  readonly removeEventListener: Listen<Events, Bound, this>
  listenerCount(eventName: string): number
}

type StoredListener = (this: unknown, ...args: unknown[]) => unknown

interface Entry {
  readonly listener: StoredListener
  readonly once: boolean
}

export interface EventHub {
  add(eventName: string, listener: unknown, once?: boolean): void
  remove(eventName: string, listener: unknown): void
  count(eventName: string): number
  /** Listeners of all events. */
  total(): number
  /** Calls the listeners; true when there was one. What a listener throws is reported, never caught. */
  emit(eventName: string, ...args: readonly unknown[]): boolean
}

export interface EventHubOptions {
  /** What `this` is in listeners. */
  readonly bound: () => unknown
  /** Called after a listener was added, with the name in lower case. */
  readonly added?: (eventName: string) => void
}

/** A listener's error is the program's own: it surfaces as uncaught, and the job goes on. */
function report(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}

export function createEventHub(options: EventHubOptions): EventHub {
  const listeners = new Map<string, readonly Entry[]>()
  function remove(eventName: string, listener: unknown): void {
    const name = eventName.toLowerCase()
    const entries = listeners.get(name) ?? []
    const at = entries.findLastIndex((entry) => entry.listener === listener)
    if (at >= 0) listeners.set(name, entries.toSpliced(at, 1))
  }
  return {
    add(eventName, listener, once = false) {
      if (typeof listener !== 'function') {
        throw new TypeError(
          `the listener of ${eventName} must be a function, not ${typeof listener}`,
        )
      }
      const name = String(eventName).toLowerCase()
      const entry = { listener: listener as StoredListener, once }
      listeners.set(name, [...(listeners.get(name) ?? []), entry])
      options.added?.(name)
    },
    remove,
    count: (eventName) => listeners.get(eventName.toLowerCase())?.length ?? 0,
    total: () => [...listeners.values()].reduce((sum, entries) => sum + entries.length, 0),
    emit(eventName, ...args) {
      const entries = listeners.get(eventName.toLowerCase()) ?? []
      for (const entry of entries) {
        if (entry.once) remove(eventName, entry.listener)
        try {
          entry.listener.apply(options.bound(), [...args])
        } catch (error) {
          report(error)
        }
      }
      return entries.length > 0
    },
  }
}

/** Gives `target` the methods of an emitter; they are not enumerable, and return `target`. */
export function becomeEmitter(hub: EventHub, target: object): void {
  const add = (eventName: string, listener: unknown): object => {
    hub.add(eventName, listener)
    return target
  }
  const once = (eventName: string, listener: unknown): object => {
    hub.add(eventName, listener, true)
    return target
  }
  const remove = (eventName: string, listener: unknown): object => {
    hub.remove(eventName, listener)
    return target
  }
  const methods: Record<keyof Emitter<unknown, unknown>, unknown> = {
    on: add,
    addListener: add,
    addEventListener: add,
    once,
    off: remove,
    removeListener: remove,
    removeEventListener: remove,
    listenerCount: (eventName: string) => hub.count(eventName),
  }
  for (const [name, value] of Object.entries(methods))
    Object.defineProperty(target, name, { value })
}
