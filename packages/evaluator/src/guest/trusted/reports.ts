/**
 * Turns what the realm posts into messages for the supervisor. The values are structured clones:
 * they are encoded here, where the work function cannot interfere with the encoder.
 */
import { parsePrepared, prepareText } from '@manyhands/protocol'

import { guestLimits } from '../limits.ts'
import { restoreLost } from '../lost.ts'
import type { Crossing, GuestError, RealmReport } from '../messages.ts'
import type { Pace } from './doze.ts'
import { joinHeadAndBytes, type ReportType, reportTypes } from './frames.ts'
import { cleanError, cleanStack } from './stack.ts'

const { consoleBytesMax, emitBytesMax, flushBytes, flushMs, resultBytesMax } = guestLimits

export interface ReportSink {
  send(type: ReportType, id: number, json: string): void
  sendBytes(type: ReportType, id: number, payload: Uint8Array): void
  now(): number
  later(callback: () => void, delayMs: number): () => void
}

/** The batch that is running, as the trusted thread knows it. */
interface Batch {
  readonly id: number
  readonly slices: readonly number[]
}

export interface Reporter {
  begin(batch: Batch): void
  report(report: RealmReport): void
  /** True while a batch is running. */
  readonly busy: boolean
  /** How far the batch is that is running. */
  pace(): Pace | undefined
}

/** A UTF-16 code unit takes at most this many bytes. */
const utf8BytesMax = 3
const encoder = new TextEncoder()

class TooBigError extends RangeError {
  override readonly name = 'RangeError'
  readonly code = 'ETOOBIG'
}

function encode(value: unknown, bytesMax: number, what: string): string {
  const text = prepareText(value)
  // Runs and holes make short texts of huge arrays: what readers would refuse is refused here.
  if (text.includes('"lst":') || text.includes('"len":')) parsePrepared(text)
  const sure = text.length * utf8BytesMax <= bytesMax
  if (sure || encoder.encode(text).byteLength <= bytesMax) return text
  throw new TooBigError(`${what} is longer than ${bytesMax} bytes when encoded`)
}

function encodingError(thrown: unknown): GuestError {
  const { message, code } = thrown as { message?: unknown; code?: unknown }
  return {
    name: 'Error',
    code: code === 'ETOOBIG' ? code : 'EBADARG',
    message: `the result cannot be sent: ${typeof message === 'string' ? message : String(thrown)}`,
  }
}

function round(ms: number): number {
  return Number.isFinite(ms) && ms > 0 ? Math.round(ms * 1000) / 1000 : 0
}

export function createReporter(sink: ReportSink, realmName: string): Reporter {
  let batch: Batch | undefined
  let told = 0
  let toldLength = 0
  let toldMs = 0
  let startedAt = 0
  let pending: string[] = []
  let pendingBytes = 0
  let cancelFlush: (() => void) | undefined

  function restore({ lost, value }: Crossing): unknown {
    return restoreLost(value, lost, (stack) => cleanStack(stack, realmName))
  }

  function flush(): void {
    cancelFlush?.()
    cancelFlush = undefined
    if (batch === undefined || pending.length === 0) return
    const current = batch.slices[told]
    const at = current === undefined ? 'null' : `[${current},${round(sink.now() - startedAt)}]`
    sink.send(reportTypes.flush, batch.id, `{"at":${at},"results":[${pending.join(',')}]}`)
    pending = []
    pendingBytes = 0
  }

  function add(text: string, ms: number): void {
    told += 1
    toldLength += text.length
    toldMs += ms
    startedAt = sink.now()
    pending.push(text)
    pendingBytes += text.length
    if (isComplete()) finish()
    else if (pendingBytes >= flushBytes) flush()
    else cancelFlush ??= sink.later(flush, flushMs)
  }

  function isComplete(): boolean {
    return batch !== undefined && told === batch.slices.length
  }

  /** The last result ends its batch: nothing else has to say so. */
  function finish(): void {
    flush()
    batch = undefined
  }

  function addFailure(slice: number, ms: number, progressed: boolean, error: GuestError): void {
    const cleaned = JSON.stringify(cleanError(error, realmName))
    add(`[${slice},${round(ms)},${progressed ? 1 : 0},0,${cleaned}]`, round(ms))
  }

  function addResult(slice: number, ms: number, progressed: boolean, value: Crossing): void {
    let text: string
    try {
      text = encode(restore(value), resultBytesMax, 'the result')
    } catch (thrown) {
      addFailure(slice, ms, progressed, encodingError(thrown))
      return
    }
    add(`[${slice},${round(ms)},${progressed ? 1 : 0},${text}]`, round(ms))
  }

  // Notices never overtake results: whoever reads knows which slice was running when it ended.

  /** Results must come for the slice whose turn it is: the realm may not speak for another. */
  function inTurn(slice: number): boolean {
    return batch !== undefined && batch.slices[told] === slice
  }

  function sayConsole(report: RealmReport & readonly ['console', ...unknown[]]): void {
    const [, slice, level, same, message] = report
    const id = batch?.id ?? 0
    if (message === undefined) {
      sink.send(reportTypes.console, id, JSON.stringify({ slice, level, same }))
      return
    }
    const parameters = (restore(message) as unknown[]).map((value) => {
      try {
        return encode(value, consoleBytesMax, 'the message')
      } catch (thrown) {
        return prepareText(`(${thrown instanceof Error ? thrown.message : 'not encodable'})`)
      }
    })
    const text = parameters.join(',')
    const short =
      text.length <= consoleBytesMax ? text : prepareText(`(longer than ${consoleBytesMax} bytes)`)
    const head = JSON.stringify({ slice, level, same }).slice(0, -1)
    sink.send(reportTypes.console, id, `${head},"message":[${short}]}`)
  }

  function emit(slice: number, event: string, value: Crossing): void {
    let text: string
    try {
      text = encode(restore(value), emitBytesMax, 'the event')
    } catch (thrown) {
      const message = thrown instanceof Error ? thrown.message : 'not encodable'
      sayConsole([
        'console',
        slice,
        'error',
        1,
        { value: [`work.emit: ${message}`], lost: undefined },
      ])
      return
    }
    const head = JSON.stringify({ slice, event }).slice(0, -1)
    sink.send(reportTypes.emit, batch?.id ?? 0, `${head},"data":${text}}`)
  }

  function stopped(): void {
    if (batch === undefined) return
    const { id } = batch
    finish()
    sink.send(reportTypes.done, id, '{}')
  }

  return {
    get busy() {
      return batch !== undefined
    },
    begin(next) {
      batch = next
      told = 0
      toldLength = 0
      toldMs = 0
      startedAt = sink.now()
    },
    pace() {
      if (batch === undefined) return undefined
      return { told, slices: batch.slices.length, length: toldLength, elapsedMs: toldMs }
    },
    report(report) {
      switch (report[0]) {
        case 'ready':
          sink.send(reportTypes.ready, 0, JSON.stringify(report[1]))
          break
        case 'assigned':
          sink.send(reportTypes.assigned, 0, '{}')
          break
        case 'refused':
          sink.send(reportTypes.refused, 0, JSON.stringify(cleanError(report[1], realmName)))
          break
        case 'result':
          if (inTurn(report[1])) addResult(report[1], report[2], report[3], report[4])
          break
        case 'failure':
          if (inTurn(report[1])) addFailure(report[1], report[2], report[3], report[4])
          break
        case 'progress': {
          flush()
          const [, slice, { indeterminate, percent }] = report
          const fraction = indeterminate ? undefined : percent / 100
          sink.send(reportTypes.progress, batch?.id ?? 0, JSON.stringify({ slice, fraction }))
          break
        }
        case 'console':
          flush()
          sayConsole(report)
          break
        case 'emit':
          flush()
          emit(report[1], report[2], report[3])
          break
        case 'reject': {
          flush()
          const [, slice, reason, retries] = report
          sink.send(
            reportTypes.rejected,
            batch?.id ?? 0,
            JSON.stringify({ slice, reason, retries }),
          )
          break
        }
        case 'dependency':
          sink.send(
            reportTypes.dependency,
            0,
            JSON.stringify({ id: report[1], modules: report[2] }),
          )
          break
        case 'fetch': {
          const [, id, { body, ...request }] = report
          const head = JSON.stringify({ id, hasBody: body !== null, ...request })
          const payload = joinHeadAndBytes(head, body ?? new Uint8Array(0))
          sink.sendBytes(reportTypes.fetch, 0, payload)
          break
        }
        case 'done':
          stopped()
          break
        case 'uncaught':
        case 'evaluated':
        case 'evalFailed':
          // Between slices nobody is to blame; texts are evaluated for the line protocol only.
          break
      }
    },
  }
}
