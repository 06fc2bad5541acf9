/**
 * Frames on the stream to the supervisor: `u32le length | u8 type | u32le id | payload`. A message
 * longer than one frame travels as several of the same type and id, all but the last marked.
 */
import { guestLimits } from '../limits.ts'
import type { ReadExactly } from './deno.ts'
import { joinParts } from './join-parts.ts'

const headerBytes = 9
const moreFollows = 0x80
const { frameBytesMax, messageBytesMax } = guestLimits

/** Types of the supervisor's messages; the other half of the table is `reportTypes`. */
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

export type ReportType = (typeof reportTypes)[keyof typeof reportTypes]

interface Message {
  readonly type: number
  readonly id: number
  readonly payload: Uint8Array
}

/** Cuts one message into frames and hands them to `write` one by one. */
export function writeMessage(
  write: (bytes: Uint8Array) => void,
  type: number,
  id: number,
  payload: Uint8Array,
): void {
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
    write(frame)
  } while (offset < payload.byteLength)
}

/** The next message; `undefined` at the end of the stream. Throws when a limit is exceeded. */
export async function readMessage(read: ReadExactly): Promise<Message | undefined> {
  const parts: Uint8Array[] = []
  let total = 0
  for (;;) {
    const header = await read(headerBytes)
    if (header === undefined) return undefined
    const view = new DataView(header.buffer, header.byteOffset)
    const length = view.getUint32(0, true)
    if (length > frameBytesMax) throw new RangeError('frame longer than frameBytesMax')
    total += length
    if (total > messageBytesMax) throw new RangeError('message longer than messageBytesMax')
    const part = length === 0 ? new Uint8Array(0) : await read(length)
    if (part === undefined) return undefined
    parts.push(part)
    const type = view.getUint8(4)
    if ((type & moreFollows) === 0) {
      return { type, id: view.getUint32(5, true), payload: joinParts(parts, total) }
    }
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
export function splitHeadAndBytes(payload: Uint8Array): { head: string; bytes: Uint8Array } {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
  const end = 4 + view.getUint32(0, true)
  if (end > payload.byteLength) throw new RangeError('a head longer than its payload')
  return {
    head: new TextDecoder('utf-8', { fatal: true }).decode(payload.subarray(4, end)),
    bytes: payload.subarray(end),
  }
}
