/**
 * Runs the slices of one work function, one after the other, and posts what happened to each. It
 * shares its realm with the work function and is not trusted by anything outside.
 */
import { guestLimits } from '../limits.ts'
import { restoreLost } from '../lost.ts'
import type {
  AssignOrder,
  EvalOrder,
  FetchedOrder,
  GuestError,
  ModulesOrder,
  RealmReport,
  RunOrder,
  WorktimeOrder,
} from '../messages.ts'
import { createBucket } from './bucket.ts'
import { createSliceConsole } from './console.ts'
import { cross } from './cross.ts'
import { describeError } from './describe-error.ts'
import { evaluateText } from './evaluate-text.ts'
import { createFetch } from './fetch.ts'
import type { GpuGate } from './gpu-gate.ts'
import { defineGlobal } from './harden.ts'
import { loadModule, loadWorkFunction } from './load.ts'
import { createModuleRequests } from './module-requests.ts'
import { createModules } from './modules.ts'
import { type CurrentSlice, outcomeOf } from './outcome.ts'
import type { RealmPlatform } from './platform.ts'
import { createProgressMeter } from './progress.ts'
import { createPython } from './python/load-python.ts'
import { createTimers } from './timers.ts'
import type { LoadedWork } from './work.ts'

const {
  emitBurst,
  emitPerSecond,
  eventNameLength,
  progressTextLength,
  progressThrottleMs,
  yieldMs,
} = guestLimits

export interface Runner {
  /** Takes the files of a worktime, for work functions that need it. */
  equip(order: WorktimeOrder): void
  assign(order: AssignOrder): Promise<void>
  run(order: RunOrder): Promise<void>
  evaluate(order: EvalOrder): Promise<void>
  modules(order: ModulesOrder): void
  fetched(order: FetchedOrder): void
  stop(): void
  uncaught(thrown: unknown): void
}

function uncloneable(thrown: unknown): GuestError {
  const { message } = describeError(thrown)
  return {
    name: 'DataCloneError',
    code: 'EBADARG',
    message: `the result cannot be sent: ${message}`,
  }
}

export function createRunner(platform: RealmPlatform, gpu?: GpuGate): Runner {
  const { now } = platform
  const post = (report: RealmReport): void => platform.post(report)
  const console = createSliceConsole(post, now)
  const timers = createTimers(platform, uncaught)
  const emitBucket = createBucket(emitBurst, emitPerSecond, now)
  const fetches = createFetch(post)
  const moduleRequests = createModuleRequests(post)
  const modules = createModules({
    ask: moduleRequests.ask,
    evaluate: loadModule,
    onUncaught: uncaught,
  })
  let work: LoadedWork | undefined
  let workText = ''
  let workArguments: readonly unknown[] = []
  let jobPublic: object = Object.freeze({ name: '', description: '', link: '' })
  let current: CurrentSlice | undefined
  let stopped = false
  /** Calls of progress since the last one that was told. */
  let untold = { since: Number.NEGATIVE_INFINITY, calls: 0, indeterminate: true }

  function progress(value?: unknown): true {
    if (current === undefined) return true
    current.progressed = true
    console.flush()
    const { indeterminate, percent } = current.meter.read(value, (given, last) => {
      const text = `Progress out of bounds: ${given.toFixed(1)}%, last: ${last.toFixed(1)}%`
      console.say('info', text)
    })
    untold.indeterminate &&= indeterminate
    const at = now()
    if (at - untold.since < progressThrottleMs) {
      untold.calls += 1
      return true
    }
    const brief = typeof value === 'string' && value.length <= progressTextLength
    const shown = brief || typeof value === 'number' ? value : undefined
    post([
      'progress',
      current.slice,
      {
        percent,
        value: shown,
        indeterminate: untold.indeterminate,
        throttled: untold.calls,
      },
    ])
    untold = { since: at, calls: 0, indeterminate: true }
    return true
  }

  function emit(event: unknown, value: unknown): void {
    if (typeof event !== 'string') throw new TypeError('work.emit: the event name is not a string')
    if (event.length > eventNameLength) {
      throw new RangeError(`work.emit: an event name has at most ${eventNameLength} characters`)
    }
    if (current === undefined) return
    if (!emitBucket.take()) {
      throw new RangeError(
        `work.emit: more than ${emitPerSecond} events per second (emitPerSecond)`,
      )
    }
    post(['emit', current.slice, event, cross(value)])
  }

  function reject(reason: unknown, retries: unknown = 0): never {
    const again = reason === false ? 1 : Math.max(0, Math.trunc(Number(retries)) || 0)
    const text = reason === false || reason === undefined ? '' : String(reason as string)
    post(['reject', current?.slice ?? 0, text.slice(0, guestLimits.errorMessageLength), again])
    platform.halt()
    throw new Error('work.reject: this sandbox has ended')
  }

  function uncaught(thrown: unknown): void {
    if (current === undefined) {
      post(['uncaught', describeError(thrown)])
      return
    }
    if (current.failure !== undefined) return
    current.failure = { thrown }
    current.fail?.(thrown)
  }

  const job = Object.freeze({
    get public() {
      return jobPublic
    },
  })
  for (const [name, value] of Object.entries({
    ...timers.globals,
    console: console.global,
    progress,
    work: Object.freeze({ emit, job, reject }),
    fetch: fetches.global,
    ...modules.globals,
  })) {
    defineGlobal(name, value)
  }

  const python = createPython({ progress, console: console.global, packages: modules })

  async function load(order: AssignOrder): Promise<LoadedWork> {
    switch (order.worktime) {
      case 'map-basic':
        return loadWorkFunction(order.workFunction, order.useStrict)
      case 'pyodide':
        return python.load(order.workFunction, workArguments)
      default:
        throw new Error(`Unsupported worktime: ${order.worktime}`)
    }
  }

  async function runSlice(slice: number, datum: unknown): Promise<void> {
    const startedAt = now()
    current = {
      slice,
      startedAt,
      meter: createProgressMeter(),
      progressed: false,
      fail: undefined,
      failure: undefined,
    }
    console.open(slice)
    timers.open()
    gpu?.open()
    const run = (): unknown => (work as LoadedWork).run(datum, workArguments)
    const report = await outcomeOf(current, run, { now, gpu })
    timers.cancelAll()
    fetches.cancelAll()
    console.close()
    const { progressed } = current
    current = undefined
    try {
      post(report)
    } catch (thrown) {
      post(['failure', slice, now() - startedAt, progressed, uncloneable(thrown)])
    }
  }

  return {
    uncaught,
    stop() {
      stopped = true
    },
    async assign(order) {
      try {
        workArguments = restoreLost(order.arguments.value, order.arguments.lost) as unknown[]
        if (work === undefined || workText !== order.workFunction) {
          modules.add(order.modules)
          modules.setPaths(order.requirePath, order.modulePath)
          await modules.provide(order.dependencies)
          work = await load(order)
          workText = order.workFunction
        }
        jobPublic = Object.freeze({ ...order.public })
        post(['assigned'])
      } catch (thrown) {
        post(['refused', describeError(thrown)])
      }
    },
    equip: python.equip,
    modules: moduleRequests.settle,
    fetched: fetches.settle,
    evaluate: (order) => evaluateText(order, post),
    async run(order) {
      stopped = false
      untold = { since: Number.NEGATIVE_INFINITY, calls: 0, indeterminate: true }
      const values = restoreLost(order.values.value, order.values.lost) as unknown[]
      const { length } = order.slices
      let turnedAt = now()
      let index = 0
      for (; index < length && !stopped; index += 1) {
        const slice = order.slices[index] as number
        const unreadable = order.unreadable.get(slice)
        try {
          if (unreadable === undefined) await runSlice(slice, values[index])
          else {
            const message = `the input cannot be decoded: ${unreadable}`
            post(['failure', slice, 0, true, { name: 'Error', code: 'EBADARG', message }])
          }
        } catch (thrown) {
          // The work function has changed something built in that the harness needs.
          const { message } = describeError(thrown)
          const text = `the work function broke its realm: ${message}`
          post(['failure', slice, 0, true, { name: 'Error', code: 'EUNCAUGHT', message: text }])
        }
        if (index + 1 < length && now() - turnedAt >= yieldMs) {
          await platform.turn()
          turnedAt = now()
        }
      }
      if (index < length) post(['done'])
    },
  }
}
