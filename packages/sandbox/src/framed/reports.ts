/**
 * Reads what a sandbox says, byte by byte hostile. Only named fields are taken, each checked and
 * bounded; values are written out again as text and never decoded.
 */
import { FrameError, splitHeadAndBytes } from './frames.ts'
import {
  fetchHeadersMax,
  fetchUrlLengthMax,
  moduleIdLengthMax,
  moduleIdsMax,
  nameLengthMax,
  textLengthMax,
} from '../limits.ts'
import type { ConsoleLevel, GuestRequest, PreparedText, SliceError } from '../sandbox.ts'

const decoder = new TextDecoder('utf-8', { fatal: true })

/** Throws for bytes that are not UTF-8. */
export type DecodeText = (bytes: Uint8Array) => string

/** The one that works everywhere. */
const decodeText: DecodeText = (bytes) => decoder.decode(bytes)

const levels: readonly string[] = ['debug', 'info', 'log', 'warn', 'error']

export interface FlushedSlice {
  readonly slice: number
  /** Wall clock of the guest; only weighs the processor time that the host measured. */
  readonly wallMs: number
  readonly progressed: boolean
  readonly value?: PreparedText
  readonly error?: SliceError
}

export interface Flush {
  /** The slice in progress and for how long; undefined after the last one. */
  readonly at: { readonly slice: number; readonly ms: number } | undefined
  readonly results: readonly FlushedSlice[]
}

type Fields = Readonly<Record<string, unknown>>

function parseObject(payload: Uint8Array, decode = decodeText): Fields {
  try {
    const value: unknown = JSON.parse(decode(payload))
    if (typeof value === 'object' && value !== null) return value as Fields
  } catch (cause) {
    throw new FrameError('a payload that is not JSON', { cause })
  }
  throw new FrameError('a payload that is not an object')
}

function integer(value: unknown, what: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw new FrameError(`${what} is not a whole number`)
}

function milliseconds(value: unknown): number {
  if (typeof value === 'number' && value >= 0 && Number.isFinite(value)) return value
  throw new FrameError('a time that is not a number')
}

function text(value: unknown, lengthMax: number): string {
  return typeof value === 'string' ? value.slice(0, lengthMax) : ''
}

function preparedText(value: unknown): PreparedText {
  try {
    const written = JSON.stringify(value)
    if (written !== undefined) return written
  } catch (cause) {
    throw new FrameError('a value nested too deep', { cause })
  }
  throw new FrameError('a value is missing')
}

function sliceError(value: unknown): SliceError {
  const fields = (typeof value === 'object' && value !== null ? value : {}) as Fields
  const code = text(fields['code'], nameLengthMax)
  const stack = text(fields['stack'], textLengthMax)
  return {
    name: text(fields['name'], nameLengthMax) || 'Error',
    message: text(fields['message'], textLengthMax),
    ...(code === '' ? {} : { code }),
    ...(stack === '' ? {} : { stack }),
  }
}

function flushedSlice(value: unknown): FlushedSlice {
  if (!Array.isArray(value)) throw new FrameError('a result that is not an array')
  const [slice, wallMs, progressed, result, error] = value as unknown[]
  return {
    slice: integer(slice, 'a slice'),
    wallMs: milliseconds(wallMs),
    progressed: progressed === 1,
    ...(value.length === 5 ? { error: sliceError(error) } : { value: preparedText(result) }),
  }
}

export function parseFlush(payload: Uint8Array, decode?: DecodeText): Flush {
  const { at, results } = parseObject(payload, decode)
  if (!Array.isArray(results)) throw new FrameError('results are missing')
  const [slice, ms] = Array.isArray(at) ? (at as unknown[]) : []
  return {
    at: at === null ? undefined : { slice: integer(slice, 'a slice'), ms: milliseconds(ms) },
    results: results.map(flushedSlice),
  }
}

export function parseRefusal(payload: Uint8Array): SliceError {
  return sliceError(parseObject(payload))
}

export function parseProgress(payload: Uint8Array): {
  slice: number
  fraction: number | undefined
} {
  const { slice, fraction } = parseObject(payload)
  const known = typeof fraction === 'number' && fraction >= 0 && fraction <= 1
  return { slice: integer(slice, 'a slice'), fraction: known ? fraction : undefined }
}

export interface ConsoleReport {
  readonly slice: number
  readonly level: ConsoleLevel
  readonly same: number
  readonly message: readonly PreparedText[] | undefined
}

export function parseConsole(payload: Uint8Array): ConsoleReport {
  const { level, message, same, slice } = parseObject(payload)
  if (typeof level !== 'string' || !levels.includes(level)) throw new FrameError('a console level')
  return {
    slice: integer(slice, 'a slice'),
    level: level as ConsoleLevel,
    same: integer(same, 'same'),
    message: Array.isArray(message) ? message.map(preparedText) : undefined,
  }
}

export function parseEmit(payload: Uint8Array): {
  slice: number
  event: string
  data: PreparedText
} {
  const { data, event, slice } = parseObject(payload)
  return {
    slice: integer(slice, 'a slice'),
    event: text(event, nameLengthMax),
    data: preparedText(data),
  }
}

export function parseRejected(payload: Uint8Array): {
  slice: number
  reason: string
  retries: number
} {
  const { reason, retries, slice } = parseObject(payload)
  return {
    slice: integer(slice, 'a slice'),
    reason: text(reason, textLengthMax),
    retries: integer(retries, 'retries'),
  }
}

/** What the realm found out about itself; from before any untrusted byte ran. */
export interface SandboxFeatures {
  readonly fdlibm: boolean
  readonly offscreenCanvas: boolean
  readonly webgpu: boolean
}

export function parseReady(payload: Uint8Array): SandboxFeatures {
  const { fdlibm, offscreenCanvas, webgpu } = parseObject(payload)
  return {
    fdlibm: fdlibm === true,
    offscreenCanvas: offscreenCanvas === true,
    webgpu: webgpu === true,
  }
}

export function parseDependency(payload: Uint8Array): { id: number; modules: readonly string[] } {
  const { id, modules } = parseObject(payload)
  if (!Array.isArray(modules) || modules.length > moduleIdsMax) {
    throw new FrameError('modules that are not a list, or too long a one')
  }
  const ids = (modules as unknown[]).map((one) => {
    if (typeof one === 'string' && one.length <= moduleIdLengthMax) return one
    throw new FrameError('a module id that makes no sense')
  })
  return { id: integer(id, 'a request'), modules: ids }
}

function header(value: unknown): readonly [string, string] {
  const [name, content] = Array.isArray(value) ? (value as unknown[]) : []
  if (typeof name === 'string' && typeof content === 'string') return [name, content]
  throw new FrameError('a header that is not a pair of texts')
}

export function parseFetch(payload: Uint8Array): { id: number; request: GuestRequest } {
  const { bytes, head } = splitHeadAndBytes(payload)
  const { hasBody, headers, id, method, redirect, url } = parseObject(head)
  if (typeof url !== 'string' || url.length > fetchUrlLengthMax) throw new FrameError('a url')
  if (!Array.isArray(headers) || headers.length > fetchHeadersMax) throw new FrameError('headers')
  const known = redirect === 'error' || redirect === 'manual' ? redirect : 'follow'
  return {
    id: integer(id, 'a request'),
    request: {
      url,
      method: text(method, nameLengthMax),
      headers: (headers as unknown[]).map(header),
      body: hasBody === true ? bytes : undefined,
      redirect: known,
    },
  }
}
