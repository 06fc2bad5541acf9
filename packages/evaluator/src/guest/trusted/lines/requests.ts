/**
 * Reads the requests of the official worker into orders for the realm. What the worker sends comes
 * from schedulers and job owners: every member is checked before it is used.
 */
import type { Worktime } from '@manyhands/protocol'

import { findLost } from '../../lost.ts'
import type {
  AssignOrder,
  FetchedOrder,
  GuestError,
  ModulesOrder,
  WorktimeOrder,
} from '../../messages.ts'

export type Fields = Readonly<Record<string, unknown>>

/** The named members of an object; of anything else none. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}

/** An error as a worker sends it, or the stack it sends in its place. */
function errorOf(value: unknown, usual: string): GuestError {
  const { code, message, name } = fieldsOf(value)
  return {
    name: textOf(name) || 'Error',
    message: textOf(message) || textOf(value) || usual,
    ...(typeof code === 'string' ? { code } : {}),
  }
}

/** @throws Error when the job needs what this guest has not. */
export function readAssign(message: Fields, worktimes: readonly Worktime[]): AssignOrder {
  const job = fieldsOf(message['job'])
  const { arguments: given, useStrict, workFunction } = job
  const { name } = fieldsOf(job['worktime'])
  if (!worktimes.some((known) => known.name === name)) {
    throw new Error(`Unsupported worktime: ${String(name)}`)
  }
  if (typeof workFunction !== 'string') throw new TypeError('the work function is not a text')
  const description = fieldsOf(job['public'])
  const values = Array.isArray(given) ? (given as unknown[]) : []
  return {
    kind: 'assign',
    workFunction,
    worktime: String(name),
    useStrict: useStrict === true,
    public: {
      name: textOf(description['name']),
      description: textOf(description['description']),
      link: textOf(description['link']),
    },
    arguments: { value: values, lost: findLost(values) },
    modules: new Map(),
    dependencies: textsOf(job['dependencies']),
    requirePath: textsOf(job['requirePath']),
    modulePath: textsOf(job['modulePath']),
  }
}

/** The files of a worktime, each in base64, as whoever hosts this sandbox sends them. */
export function readWorktime(message: Fields): WorktimeOrder {
  const files = Object.entries(fieldsOf(message['files'])).map(([name, content]) => {
    const bytes = Uint8Array.from(atob(textOf(content)), (character) => character.charCodeAt(0))
    return [name, bytes] as const
  })
  return { kind: 'worktime', name: textOf(message['name']), files: new Map(files) }
}

function requestId(message: Fields): number {
  const { id } = message
  return typeof id === 'number' ? id : -1
}

/** `{package: {file: source}}` as ids and sources. */
export function readModuleGroup(message: Fields): ModulesOrder {
  const sources = new Map<string, string>()
  for (const [name, files] of Object.entries(fieldsOf(message['data']))) {
    for (const [file, source] of Object.entries(fieldsOf(files))) {
      sources.set(`${name}/${file}`, textOf(source))
    }
  }
  return { kind: 'modules', id: requestId(message), sources }
}

export function readModuleGroupError(message: Fields): ModulesOrder {
  const [first = ''] = textOf(message['stack'])
    .replace(/^\w*Error: /, '')
    .split('\n')
  const error = { name: 'Error', code: 'ENOMODULE', message: first || 'modules cannot be had' }
  return { kind: 'modules', id: requestId(message), error }
}

function headersOf(entries: unknown): (readonly [string, string])[] {
  if (!Array.isArray(entries)) return []
  return (entries as unknown[]).map((entry) => {
    const [name, value] = Array.isArray(entry) ? (entry as unknown[]) : []
    return [textOf(name), textOf(value)]
  })
}

function bytesOf(value: unknown): Uint8Array | null {
  if (value instanceof Uint8Array) return value
  return value instanceof ArrayBuffer ? new Uint8Array(value) : null
}

export function readFetchResponse(message: Fields): FetchedOrder {
  const { bodyBuffer, headersEntries, status, statusText, url } = fieldsOf(message['data'])
  return {
    kind: 'fetched',
    id: requestId(message),
    response: {
      url: textOf(url),
      redirected: false,
      status: typeof status === 'number' ? status : 0,
      statusText: textOf(statusText),
      headers: headersOf(headersEntries),
      body: bytesOf(bodyBuffer),
    },
  }
}

export function readFetchError(message: Fields): FetchedOrder {
  const error = errorOf(message['error'], 'the request failed')
  return { kind: 'fetched', id: requestId(message), error }
}
