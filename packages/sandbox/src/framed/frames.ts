/**
 * The stream between a supervisor and a sandbox: `u32le length | u8 type | u32le id | payload`. A
 * message longer than one frame travels as several of the same type and id, all but the last marked.
 * What comes from a sandbox is hostile: nothing is allocated before it is within the limits.
 */
import { frameBytesMax, messageBytesMax } from '../limits.ts'

const headerBytes = 9
const moreFollows = 0x80

export const orderTypes = {
  assign: 1,
  run: 2,
  stop: 3,
  modules: 4,
  fetched: 5,
  worktime: 6,
} as const

export const reportTypes = {
  ready: 16,
  assigned: 17,
  refused: 18,
  flush: 19,
  progress: 20,
  console: 21,
  emit: 22,
  done: 23,
  rejected: 24,
  heartbeat: 25,
  dependency: 26,
  fetch: 27,
} as const

export type ReportName = keyof typeof reportTypes

const nameOfType = new Map<number, ReportName>(
  Object.entries(reportTypes).map(([name, type]) => [type, name as ReportName]),
)

export interface Report {
  readonly name: ReportName
  readonly id: number
  readonly payload: Uint8Array
}

/** A sandbox that does not keep to the protocol; it is ended for it. */
export class FrameError extends Error {
  override readonly name = 'FrameError'
}

/** The frames of one message to a sandbox. */
export function* encodeFrames(type: number, id: number, payload: Uint8Array): Iterable<Uint8Array> {
  let offset = 0
  do {
    const part = payload.subarray(offset, offset + frameBytesMax)
    offset += part.byteLength
    const frame = new Uint8Array(headerBytes + part.byteLength)
    const view = new DataView(frame.buffer)
    view.setUint32(0, part.byteLength, true)
    view.setUint8(4, offset < payload.byteLength ? type | moreFollows : type)
    view.setUint32(5, id, true)
    frame.set(part, headerBytes)
    yield frame
  } while (offset < payload.byteLength)
}

interface Header {
  readonly name: ReportName
  readonly id: number
  readonly more: boolean
  readonly length: number
}

function parseHeader(bytes: Uint8Array): Header {
  const view = new DataView(bytes.buffer, bytes.byteOffset, headerBytes)
  const length = view.getUint32(0, true)
  const type = view.getUint8(4)
  const name = nameOfType.get(type & ~moreFollows)
  const more = (type & moreFollows) !== 0
  if (length > frameBytesMax) throw new FrameError(`a frame of ${length} bytes (frameBytesMax)`)
  if (name === undefined) throw new FrameError(`a frame of the unknown type ${type}`)
  if (more && length === 0) throw new FrameError('an empty frame that promises more')
  return { name, id: view.getUint32(5, true), more, length }
}

/** A message that is not complete yet. */
interface Draft {
  readonly name: ReportName
  readonly id: number
  readonly parts: Uint8Array[]
  length: number
}

function join(parts: readonly Uint8Array[], length: number): Uint8Array {
  const [only] = parts
  if (parts.length === 1 && only !== undefined) return only
  const whole = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.byteLength
  }
  return whole
}

/** Cuts incoming bytes into messages. Holds at most one message and one frame. */
export interface FrameDecoder {
  /** @throws FrameError when a limit or the format is broken; the decoder is then of no more use. */
  push(chunk: Uint8Array): readonly Report[]
}

export function createFrameDecoder(): FrameDecoder {
  let waiting: Uint8Array[] = []
  let available = 0
  let header: Header | undefined
  let draft: Draft | undefined

  function take(length: number): Uint8Array {
    const first = waiting[0]
    if (first !== undefined && first.byteLength >= length) {
      waiting[0] = first.subarray(length)
      if (first.byteLength === length) waiting.shift()
      available -= length
      return first.subarray(0, length)
    }
    const whole = join(waiting, available)
    waiting = available > length ? [whole.subarray(length)] : []
    available -= length
    return whole.subarray(0, length)
  }

  function complete({ name, id, more }: Header, payload: Uint8Array): Report | undefined {
    if (draft !== undefined && (draft.name !== name || draft.id !== id)) {
      throw new FrameError('a message inside another')
    }
    const length = (draft?.length ?? 0) + payload.byteLength
    if (length > messageBytesMax) throw new FrameError('a message over messageBytesMax')
    const parts = [...(draft?.parts ?? []), payload]
    draft = more ? { name, id, parts, length } : undefined
    return more ? undefined : { name, id, payload: join(parts, length) }
  }

  return {
    push(chunk) {
      const reports: Report[] = []
      waiting.push(chunk)
      available += chunk.byteLength
      for (;;) {
        if (header === undefined) {
          if (available < headerBytes) return reports
          header = parseHeader(take(headerBytes))
        }
        if (available < header.length) return reports
        const report = complete(
          header,
          header.length === 0 ? new Uint8Array(0) : take(header.length),
        )
        header = undefined
        if (report !== undefined) reports.push(report)
      }
    },
  }
}

/** A payload of bytes behind a JSON head: `u32le length of the head | head | bytes`. */
export function joinHeadAndBytes(head: string, bytes: Uint8Array): Uint8Array {
  const encoded = new TextEncoder().encode(head)
  const payload = new Uint8Array(4 + encoded.byteLength + bytes.byteLength)
  new DataView(payload.buffer).setUint32(0, encoded.byteLength, true)
  payload.set(encoded, 4)
  payload.set(bytes, 4 + encoded.byteLength)
  return payload
}

/** Takes such a payload apart; the bytes are a view of it. */
export function splitHeadAndBytes(payload: Uint8Array): { head: Uint8Array; bytes: Uint8Array } {
  if (payload.byteLength < 4) throw new FrameError('a payload without its head')
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
  const end = 4 + view.getUint32(0, true)
  if (end > payload.byteLength) throw new FrameError('a head longer than its payload')
  return { head: payload.subarray(4, end), bytes: payload.subarray(end) }
}
