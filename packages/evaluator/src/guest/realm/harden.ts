/**
 * Takes away from the realm what no work function needs, before any untrusted byte runs. This is one
 * layer: what it misses is still denied by the process around it.
 */
import { visibleNames } from './globals.ts'

function remove(holder: object, key: string): void {
  if (Reflect.deleteProperty(holder, key)) return
  Reflect.defineProperty(holder, key, { value: undefined })
}

function hideNames(): void {
  const stop: unknown[] = [EventTarget.prototype, Object.prototype, null]
  let holder: object = globalThis
  while (!stop.includes(holder)) {
    for (const key of Reflect.ownKeys(holder)) {
      if (typeof key === 'string' && key !== 'constructor' && !visibleNames.has(key)) {
        remove(holder, key)
      }
    }
    holder = Object.getPrototypeOf(holder) as object
  }
}

/** Shared memory is a clock and a channel; Pyodide asks for it and does without. */
function unshareMemory(): void {
  const Native = WebAssembly.Memory
  const Memory = function (this: unknown, descriptor: WebAssembly.MemoryDescriptor) {
    if (new.target === undefined) throw new TypeError('WebAssembly.Memory must be called with new')
    const unshared = typeof descriptor === 'object' ? { ...descriptor, shared: false } : descriptor
    return Reflect.construct(Native, [unshared], new.target) as object
  }
  Object.defineProperty(Memory, 'name', { value: 'Memory' })
  Memory.prototype = Native.prototype
  Native.prototype.constructor = Memory
  WebAssembly.Memory = Memory as unknown as typeof Native
  remove(Atomics, 'wait')
  remove(Atomics, 'waitAsync')
}

interface TemporalNow {
  timeZoneId(): string
  instant(): unknown
  zonedDateTimeISO(zone?: unknown): unknown
  plainDateTimeISO(zone?: unknown): unknown
  plainDateISO(zone?: unknown): unknown
  plainTimeISO(zone?: unknown): unknown
}

interface Zoned {
  toPlainDateTime(): unknown
  toPlainDate(): unknown
  toPlainTime(): unknown
}

interface TemporalLike {
  Now: TemporalNow
  Instant: { fromEpochMilliseconds(ms: number): { toZonedDateTimeISO(zone: unknown): Zoned } }
}

/** `Temporal.Now` counts nanoseconds; milliseconds, as `Date.now`, are enough for a work function. */
function coarsenTemporal(): void {
  const temporal = (globalThis as { Temporal?: TemporalLike }).Temporal
  if (temporal === undefined) return
  const { Instant, Now } = temporal
  const read = Date.now.bind(Date)
  const instant = () => Instant.fromEpochMilliseconds(read())
  const zoned = (zone: unknown) => instant().toZonedDateTimeISO(zone ?? Now.timeZoneId())
  Object.assign(Now, {
    instant,
    zonedDateTimeISO: zoned,
    plainDateTimeISO: (zone: unknown) => zoned(zone).toPlainDateTime(),
    plainDateISO: (zone: unknown) => zoned(zone).toPlainDate(),
    plainTimeISO: (zone: unknown) => zoned(zone).toPlainTime(),
  })
}

const clockStepMs = 0.1

function coarsePerformance(): object {
  const clock = performance
  const read = clock.now.bind(clock)
  const { timeOrigin } = clock
  const now = () => Math.floor(read() / clockStepMs) * clockStepMs
  return Object.freeze({ now, timeOrigin, toJSON: () => ({ timeOrigin }) })
}

function denied(what: string): () => never {
  return () => {
    throw new TypeError(`${what} is not available in a sandbox`)
  }
}

const navigatorStub: Record<string, unknown> = {
  appCodeName: undefined,
  appName: undefined,
  appVersion: undefined,
  deviceMemory: undefined,
  hardwareConcurrency: 1,
  onLine: false,
  platform: undefined,
  product: undefined,
  userAgent: 'not a browser',
  userAgentData: undefined,
}

const locationStub = {
  href: 'about:blank',
  origin: 'null',
  protocol: 'about:',
  host: '',
  hostname: '',
  port: '',
  pathname: 'blank',
  search: '',
  hash: '',
  toString: () => 'about:blank',
}

/**
 * Libraries ask whether they are in a worker and listen for messages. They may: of a target of their
 * own, that nobody but they themselves dispatches to.
 */
function privateEvents(): Readonly<Record<string, unknown>> {
  const target = new EventTarget()
  const native = globalThis.dispatchEvent.bind(globalThis)
  return {
    addEventListener: target.addEventListener.bind(target),
    removeEventListener: target.removeEventListener.bind(target),
    // Deno itself calls this for rejections that nobody handles: the harness has to hear of them.
    dispatchEvent: (event: Event) => {
      const accepted = native(event)
      return target.dispatchEvent(event) && accepted
    },
    postMessage: denied('postMessage'),
    onmessage: null,
    onerror: null,
  }
}

/** Puts `value` on the global object as the work function will see it. */
export function defineGlobal(name: string, value: unknown): void {
  Object.defineProperty(globalThis, name, {
    value,
    configurable: true,
    enumerable: true,
    writable: true,
  })
}

/** Takes one more name off the global object. */
export function hideName(name: string): void {
  remove(globalThis, name)
}

/** What was granted to this sandbox; the navigator changes no more afterwards. */
export function addToNavigator(name: string, value: unknown): void {
  defineGlobal('navigator', Object.freeze({ ...navigatorStub, [name]: value }))
}

/** Hardens the realm; the harness adds its own names afterwards. */
export function harden(): void {
  const performanceStub = coarsePerformance()
  unshareMemory()
  coarsenTemporal()
  hideNames()
  defineGlobal('performance', performanceStub)
  defineGlobal('importScripts', denied('importScripts'))
  defineGlobal('navigator', Object.freeze(navigatorStub))
  defineGlobal('location', Object.freeze(locationStub))
  for (const [name, value] of Object.entries(privateEvents())) defineGlobal(name, value)
}
