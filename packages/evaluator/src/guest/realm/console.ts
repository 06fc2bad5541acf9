/**
 * The console of a work function. Equal calls in a row are told once and counted; calls between
 * slices wait for the next one; a flood is dropped with one notice that names the limit.
 */
import { findLost } from '../lost.ts'
import { guestLimits } from '../limits.ts'
import type { ConsoleLevel, RealmReport } from '../messages.ts'
import { createBucket } from './bucket.ts'

const levels: readonly ConsoleLevel[] = ['debug', 'info', 'log', 'warn', 'error']
const { consoleBurst, consoleBytesMax, consoleNoticeMs, consolePerSecond, heldConsoleMax } =
  guestLimits

interface Call {
  readonly level: ConsoleLevel
  readonly parameters: readonly unknown[]
}

export interface SliceConsole {
  readonly global: Readonly<Record<ConsoleLevel, (...parameters: unknown[]) => void>>
  say(level: ConsoleLevel, ...parameters: unknown[]): void
  /** Tells how often the last call was repeated. */
  flush(): void
  open(slice: number): void
  close(): void
}

function sameCall(a: Call | undefined, b: Call): boolean {
  if (a === undefined || a.level !== b.level || a.parameters.length !== b.parameters.length) {
    return false
  }
  return a.parameters.every((parameter, index) => parameter === b.parameters[index])
}

/** What cannot be sent is shown as text: a message about a function is better than an error. */
function sendable(parameter: unknown): unknown {
  try {
    return structuredClone(parameter) === undefined ? undefined : parameter
  } catch {
    return typeof parameter === 'object'
      ? Object.prototype.toString.call(parameter)
      : String(parameter as symbol)
  }
}

/** Nobody reads a message that long, and copying it costs memory. */
function shorten(parameter: unknown): unknown {
  if (typeof parameter !== 'string' || parameter.length <= consoleBytesMax) return parameter
  return `(a text of ${parameter.length} characters)`
}

export function createSliceConsole(
  post: (report: RealmReport) => void,
  now: () => number,
): SliceConsole {
  const bucket = createBucket(consoleBurst, consolePerSecond, now)
  const held: Call[] = []
  let slice: number | undefined
  let last: Call | undefined
  /** How often the last call was made in a row. */
  let same = 0
  let noticedAt = Number.NEGATIVE_INFINITY

  function send(
    at: number,
    level: ConsoleLevel,
    count: number,
    parameters: readonly unknown[],
  ): void {
    try {
      post(['console', at, level, count, { value: parameters, lost: findLost(parameters) }])
    } catch {
      post(['console', at, level, count, { value: parameters.map(sendable), lost: undefined }])
    }
  }

  function tell(at: number, call: Call): void {
    if (!bucket.take()) {
      if (now() - noticedAt >= consoleNoticeMs) {
        noticedAt = now()
        const text = `console: messages are dropped above ${consolePerSecond} per second (consolePerSecond)`
        post(['console', at, 'warn', 1, { value: [text], lost: undefined }])
      }
      return
    }
    send(at, call.level, 1, call.parameters.map(shorten))
  }

  function flush(): void {
    if (same > 1 && last !== undefined && slice !== undefined && bucket.take()) {
      post(['console', slice, last.level, same])
    }
    // The count was told: the next equal call is a message again.
    if (same > 1) last = undefined
    same = 1
  }

  function say(level: ConsoleLevel, ...parameters: unknown[]): void {
    const call = { level, parameters }
    if (slice === undefined) {
      if (held.length < heldConsoleMax) held.push(call)
      return
    }
    if (sameCall(last, call)) {
      same += 1
      return
    }
    flush()
    last = call
    same = 1
    tell(slice, call)
  }

  return {
    global: Object.fromEntries(
      levels.map((level) => [level, (...parameters: unknown[]) => say(level, ...parameters)]),
    ) as SliceConsole['global'],
    say,
    flush,
    open(opened) {
      slice = opened
      for (const call of held.splice(0)) say(call.level, ...call.parameters)
    },
    close() {
      flush()
      last = undefined
      slice = undefined
    },
  }
}
