/**
 * Sandboxes that are none: work functions run in this realm, on the given clock. For simulations and
 * tests with trusted work functions; a slice takes the simulated time that the options say.
 */
import { DcpError, parsePrepared, prepareText } from '@manyhands/protocol'
import type { Clock } from '@manyhands/protocol'

import { defaultLimits, type SandboxLimits } from '../limits.ts'
import type {
  BatchEnd,
  ConsoleLevel,
  Sandbox,
  SandboxHost,
  SliceBatch,
  SliceError,
  SliceObserver,
  WorkAssignment,
} from '../sandbox.ts'

export interface MemoryHostOptions {
  readonly clock: Clock
  readonly limits?: Partial<SandboxLimits>
  /** How long a slice takes on the clock; 1 ms by default. */
  readonly sliceMs?: (slice: number) => number
  /** What the host "measures" for a slice; `sliceMs` by default. */
  readonly cpuMs?: (slice: number) => number
  /** The same of a graphics processor; without it, none was granted. */
  readonly gpuMs?: (slice: number) => number
  /** True: the sandbox dies on this slice, before its result. Asked once per run of a slice. */
  readonly dies?: (slice: number) => boolean
  readonly capabilities?: number
}

type WorkFunction = (...parameters: unknown[]) => unknown

interface Globals {
  readonly progress: (value?: unknown) => true
  readonly console: Readonly<Record<ConsoleLevel, (...parameters: unknown[]) => void>>
  readonly work: object
}

const levels: readonly ConsoleLevel[] = ['debug', 'info', 'log', 'warn', 'error']

class Rejected extends Error {
  override readonly name = 'Rejected'
  readonly reason: string
  readonly retries: number

  constructor(reason: string, retries: number) {
    super('work.reject')
    this.reason = reason
    this.retries = retries
  }
}

function describe(thrown: unknown): SliceError {
  if (!(thrown instanceof Error)) {
    const message =
      typeof thrown === 'string' ? thrown : `the work function threw ${String(thrown)}`
    return { name: 'Error', message }
  }
  const { code } = thrown as { code?: unknown }
  return {
    name: thrown.name,
    message: thrown.message,
    ...(typeof code === 'string' ? { code } : {}),
    ...(thrown.stack === undefined ? {} : { stack: thrown.stack }),
  }
}

function evaluate(text: string, useStrict: boolean, globals: Globals): WorkFunction {
  const names = Object.keys(globals)
  const prologue = useStrict ? '"use strict";' : ''
  try {
    // Trusted text: that is what this host is for.
    // oxlint-disable-next-line typescript/no-implied-eval
    const make = new Function(...names, `${prologue}return (${text}\n)`) as WorkFunction
    const value = make(...Object.values(globals))
    if (typeof value === 'function') return value as WorkFunction
    throw new TypeError(
      `the work function is not a function: its text evaluates to ${typeof value}`,
    )
  } catch (thrown) {
    const { message, name } = describe(thrown)
    throw new DcpError('EUNCAUGHT', message, { details: { name }, cause: thrown })
  }
}

function createMemorySandbox(id: string, options: MemoryHostOptions): Sandbox {
  const { clock } = options
  const limits = { ...defaultLimits, ...options.limits }
  const dead = new AbortController()
  let workFunction: WorkFunction | undefined
  let workText = ''
  let workArguments: readonly unknown[] = []
  let jobPublic: WorkAssignment['public'] = { name: '', description: '', link: '' }
  let current: { readonly slice: number; readonly observer: SliceObserver } | undefined
  let stopping = false
  let running = false
  let progressAt = 0

  const say = (level: ConsoleLevel, parameters: readonly unknown[]): void => {
    current?.observer.console(current.slice, level, parameters.map(prepareText), 1)
  }
  const globals: Globals = {
    progress(value) {
      progressAt = clock.monotonic()
      const known = typeof value === 'number' && value >= 0 && value <= 1
      current?.observer.progress(current.slice, known ? value : undefined)
      return true
    },
    console: Object.fromEntries(
      levels.map((level) => [level, (...parameters: unknown[]) => say(level, parameters)]),
    ) as Globals['console'],
    work: {
      emit: (event: string, data: unknown) =>
        current?.observer.emit(current.slice, event, prepareText(data)),
      job: {
        get public() {
          return jobPublic
        },
      },
      reject(reason: unknown, retries = 0) {
        throw new Rejected(reason === false ? '' : String(reason), reason === false ? 1 : retries)
      },
    },
  }

  /** Rejects with the sandbox's death, or when the slice may run no longer. */
  async function watch(over: AbortSignal): Promise<never> {
    const beganAt = clock.monotonic()
    progressAt = beganAt
    for (;;) {
      const now = clock.monotonic()
      const error = (code: string, message: string): SliceError => ({
        name: 'Error',
        code,
        message,
      })
      if (now - beganAt >= limits.sliceMs) {
        throw error('ESLICETOOSLOW', 'the slice ran longer than a slice may run')
      }
      if (now - progressAt >= limits.noProgressMs) {
        throw error('ENOPROGRESS', 'the slice made no call of progress() for too long')
      }
      const until = Math.min(beganAt + limits.sliceMs, progressAt + limits.noProgressMs)
      await clock.sleep(until - now, over)
    }
  }

  async function runSlice(slice: number, text: string, observer: SliceObserver): Promise<void> {
    const usage = {
      cpuMs: (options.cpuMs ?? options.sliceMs)?.(slice) ?? 1,
      ...(options.gpuMs && { gpuMs: options.gpuMs(slice) }),
    }
    current = { slice, observer }
    try {
      const returned = workFunction?.(parsePrepared(text), ...workArguments)
      const value = prepareText(await returned)
      await clock.sleep(options.sliceMs?.(slice) ?? 1, dead.signal)
      if (options.dies?.(slice) === true) kill('the sandbox died of the simulation')
      dead.signal.throwIfAborted()
      observer.results([{ slice, value, ...usage }])
    } catch (thrown) {
      dead.signal.throwIfAborted()
      if (thrown instanceof Rejected) throw thrown
      observer.results([{ slice, error: describe(thrown), ...usage }])
    }
  }

  function kill(message: string): void {
    const error: SliceError = { name: 'Error', code: 'ESANDBOX', message }
    if (!dead.signal.aborted) dead.abort(error)
  }

  /** Ends with the slice, its time limits, or the sandbox, whichever comes first. */
  async function runGuarded(slice: number, text: string, observer: SliceObserver): Promise<void> {
    const over = new AbortController()
    const signal = AbortSignal.any([over.signal, dead.signal])
    const guard = watch(signal)
    try {
      await Promise.race([runSlice(slice, text, observer), guard])
    } finally {
      over.abort()
      guard.catch(() => undefined)
    }
  }

  async function runAll(batch: SliceBatch, observer: SliceObserver): Promise<BatchEnd> {
    for (const [index, slice] of batch.slices.entries()) {
      try {
        await runGuarded(slice, batch.values[index] ?? '', observer)
      } catch (thrown) {
        if (thrown instanceof Rejected) {
          kill('the sandbox rejected its work')
          return { kind: 'rejected', slice, reason: thrown.reason, retries: thrown.retries }
        }
        const error = (dead.signal.aborted ? dead.signal.reason : thrown) as SliceError
        if (!dead.signal.aborted) dead.abort(error)
        return { kind: 'died', slice, error }
      }
      if (stopping) break
    }
    return { kind: 'done' }
  }

  return {
    id,
    async assign(work) {
      if (dead.signal.aborted) throw new DcpError('ESANDBOX', 'the sandbox is gone')
      if (work.worktime.name !== 'map-basic') {
        throw new DcpError('ENOWORKTIME', `this host has no worktime ${work.worktime.name}`)
      }
      if ((work.dependencies ?? []).length > 0) {
        throw new DcpError('ENOTSUPPORTED', 'this host loads no modules')
      }
      if (workFunction !== undefined && workText !== work.workFunction) {
        throw new DcpError('ENOTSUPPORTED', 'a sandbox never changes its work function')
      }
      workFunction ??= evaluate(work.workFunction, work.useStrict, globals)
      workText = work.workFunction
      workArguments = work.arguments.map(parsePrepared)
      jobPublic = work.public
    },
    async run(batch, observer) {
      if (batch.slices.length !== batch.values.length) {
        throw new DcpError('EBADARG', 'slices and values differ in length')
      }
      if (dead.signal.aborted) {
        return { kind: 'died', slice: undefined, error: dead.signal.reason as SliceError }
      }
      if (workFunction === undefined || running) {
        throw new DcpError('EBUSY', 'a sandbox runs one batch at a time, after it was assigned')
      }
      running = true
      stopping = false
      try {
        return await runAll(batch, observer)
      } finally {
        running = false
        current = undefined
      }
    },
    stop() {
      stopping = true
    },
    async kill() {
      kill('the sandbox was killed')
    },
  }
}

/** Makes sandboxes that run trusted work functions in this realm. */
export function createMemoryHost(options: MemoryHostOptions): SandboxHost {
  const made = new Set<Sandbox>()
  let count = 0
  let closed = false
  return {
    async describe() {
      return {
        capabilities: options.capabilities ?? 65,
        worktimes: [{ name: 'map-basic', version: '1.0.0' }],
        jail: 'none',
      }
    },
    async create(signal) {
      signal?.throwIfAborted()
      if (closed) throw new DcpError('EPIPE', 'the sandbox host is closed')
      const sandbox = createMemorySandbox(`m${(count += 1)}`, options)
      made.add(sandbox)
      return sandbox
    },
    async close() {
      closed = true
      for (const sandbox of made) await sandbox.kill()
      made.clear()
    },
    async [Symbol.asyncDispose]() {
      await this.close()
    },
  }
}
