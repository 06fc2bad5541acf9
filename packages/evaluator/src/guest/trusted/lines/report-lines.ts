/** Writes what the realm posts about a slice, or about an evaluated text, for the official worker. */
import { restoreLost } from '../../lost.ts'
import type {
  Crossing,
  GuestError,
  ProgressDetails,
  RealmOrder,
  RealmReport,
} from '../../messages.ts'
import { cleanError, cleanStack } from '../stack.ts'
import type { LineWriter } from './line-writer.ts'

export interface ReportLines {
  tell(report: RealmReport): void
  /** Ends a slice: what it cost, and how it ended. */
  conclude(ms: number, ending: Readonly<Record<string, unknown>>): void
  /** An error that is no slice's. */
  error(error: GuestError): void
}

export function failureOf(thrown: unknown): GuestError {
  const { message, name, stack } = thrown as Error
  return { name, message, ...(stack === undefined ? {} : { stack }) }
}

/** An error as the official scripts rebuild it: an instance with its name among its members. */
function errorValue({ code, message, name, stack }: GuestError): Error {
  const error = new Error(message)
  Object.defineProperty(error, 'stack', { value: stack ?? `${name}: ${message}` })
  return Object.assign(error, { name }, code === undefined ? {} : { code })
}

export function createReportLines(
  writer: LineWriter,
  { order, realmName }: { readonly order: (order: RealmOrder) => void; readonly realmName: string },
): ReportLines {
  function restore({ lost, value }: Crossing): unknown {
    return restoreLost(value, lost, (stack) => cleanStack(stack, realmName))
  }

  function error(told: GuestError): void {
    const { message, name, stack = '' } = cleanError(told, realmName)
    writer.post(2, { request: 'error', error: { name, message, stack } })
  }

  function conclude(ms: number, ending: Readonly<Record<string, unknown>>): void {
    // Processor time is measured outside of the sandbox and written over this.
    writer.post(3, { request: 'measurement', total: ms, webGL: 0, webGPU: 0, CPU: ms })
    try {
      writer.post(3, ending)
    } catch (thrown) {
      const { message } = thrown as Error
      const error = { name: 'Error', message: `the result cannot be sent: ${message}` }
      writer.post(3, { request: 'workError', error: errorValue(error) })
    }
  }

  function fail(ms: number, error: GuestError): void {
    conclude(ms, { request: 'workError', error: errorValue(cleanError(error, realmName)) })
  }

  function progress({ indeterminate, percent, throttled, value }: ProgressDetails): void {
    writer.post(3, {
      request: 'progress',
      progress: percent,
      value,
      indeterminate: indeterminate ? 1 : 0,
      throttledReports: throttled,
    })
  }

  function say(level: string, same: number, message: Crossing | undefined): void {
    if (message === undefined) {
      writer.post(3, { request: 'console', payload: { level, same } })
      return
    }
    const payload = (parameters: unknown): object => ({ level, message: parameters, same })
    try {
      writer.post(3, { request: 'console', payload: payload(restore(message)) })
    } catch (thrown) {
      const text = `(not encodable: ${(thrown as Error).message})`
      writer.post(3, { request: 'console', payload: payload([text]) })
    }
  }

  function emit(customEvent: string, value: Crossing): void {
    const payload = { eventName: 'custom', customEvent, data: restore(value) }
    try {
      writer.post(3, { request: 'emitEvent', payload })
    } catch (thrown) {
      const text = `work.emit: ${(thrown as Error).message}`
      say('error', 1, { value: [text], lost: undefined })
    }
  }

  function fetch(report: RealmReport & readonly ['fetch', ...unknown[]]): void {
    const [, id, { body, credentials, headers, method, mode, url }] = report
    const headersEntries = headers.map((entry) => [...entry])
    const data = { url, headersEntries, method, bodyBuffer: body, mode, credentials }
    try {
      writer.post(2, { request: 'fetchRequest', id, data })
    } catch (thrown) {
      order({ kind: 'fetched', id, error: { ...failureOf(thrown), code: 'ETOOBIG' } })
    }
  }

  function evaluated(id: string, value: Crossing): void {
    try {
      writer.post(2, { request: `evalResult::${id}`, data: restore(value) })
    } catch (thrown) {
      error(failureOf(thrown))
    }
  }

  return {
    conclude,
    error,
    tell(report) {
      switch (report[0]) {
        case 'result':
          conclude(report[2], { request: 'complete', result: restore(report[4]) })
          break
        case 'failure':
          fail(report[2], report[4])
          break
        case 'progress':
          progress(report[2])
          break
        case 'console':
          say(report[2], report[3], report[4])
          break
        case 'emit':
          emit(report[2], report[3])
          break
        case 'fetch':
          fetch(report)
          break
        case 'evaluated':
          evaluated(report[1], report[2])
          break
        case 'evalFailed':
          error(report[2])
          break
        case 'ready':
        case 'assigned':
        case 'refused':
        case 'reject':
        case 'dependency':
        case 'uncaught':
        case 'done':
          // These are the session's.
          break
      }
    },
  }
}
