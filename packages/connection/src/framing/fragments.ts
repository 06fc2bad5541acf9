/**
 * Messages in pieces (wire-protocol §4.6). A message takes its place in the order of arrival with its
 * first piece: whole messages that come later wait for it.
 */
import { DcpError } from '@manyhands/protocol'

import type { Announcement } from './announcement.ts'
import { limits } from '../limits.ts'

/** The frames that carry `text` to a peer with these capabilities. Throws ETOOBIG. */
export function framesOf(text: string, peer: Announcement, messageId: number): string[] {
  const size = peer.rxMaxFragmentSize
  if (!peer.wantsConcat || text.length <= size) return [text]
  const total = Math.ceil(text.length / size)
  if (peer.rxMaxFragmentCount !== 0 && total > peer.rxMaxFragmentCount) {
    throw new DcpError(
      'ETOOBIG',
      `the message needs ${total} fragments, the peer accepts ${peer.rxMaxFragmentCount}`,
      { details: { fragments: total, limit: peer.rxMaxFragmentCount } },
    )
  }
  return Array.from({ length: total }, (_, seq) => {
    const header = JSON.stringify({ msgId: messageId, seq, total })
    const length = header.length.toString(16).padStart(4, '0')
    return `E${length}C${header}${text.slice(seq * size, (seq + 1) * size)}`
  })
}

interface Entry {
  /** Set when the message is whole. */
  text?: string
  readonly parts: (string | undefined)[]
  missing: number
  length: number
}

export interface Reassembler {
  /** A message that came in one frame. */
  whole(text: string): void
  /** A message that overtakes the ones that wait. */
  urgent(text: string): void
  /** Throws DCPC-1108, DCPC-1113, DCPC-1114 or ETOOBIG. */
  fragment(header: string, payload: string): void
  /** How many messages are incomplete, and the length of all that is held. */
  held(): { readonly partials: number; readonly length: number }
}

export interface ReassemblerOptions {
  /** Read each time, because it grows once the peer is known. */
  readonly messageLength: () => number
  readonly deliver: (text: string) => void
}

export function createReassembler({ messageLength, deliver }: ReassemblerOptions): Reassembler {
  const order: Entry[] = []
  const partials = new Map<number, Entry>()
  let heldLength = 0

  function release(): void {
    for (let first = order[0]; first?.text !== undefined; first = order[0]) {
      order.shift()
      heldLength -= first.text.length
      deliver(first.text)
    }
  }

  function begin(id: number, total: number): Entry {
    if (partials.size >= limits.partialMessages) {
      throw new DcpError('DCPC-1113', `more than ${limits.partialMessages} incomplete messages`)
    }
    const parts = Array.from<string | undefined>({ length: total })
    const entry: Entry = { parts, missing: total, length: 0 }
    partials.set(id, entry)
    order.push(entry)
    return entry
  }

  return {
    whole(text) {
      if (order.length === 0) return deliver(text)
      if (order.length >= limits.waitingMessages || heldLength + text.length > messageLength()) {
        throw new DcpError('ETOOBIG', 'too much waits for the rest of a fragmented message')
      }
      order.push({ text, parts: [], missing: 0, length: text.length })
      heldLength += text.length
    },

    urgent: deliver,

    fragment(header, payload) {
      const { id, seq, total } = parseHeader(header)
      const entry = partials.get(id) ?? begin(id, total)
      if (entry.parts.length !== total || entry.parts[seq] !== undefined) {
        throw new DcpError('DCPC-1108', `fragment ${seq} of message ${id} does not fit the others`)
      }
      entry.parts[seq] = payload
      entry.missing -= 1
      entry.length += payload.length
      heldLength += payload.length
      if (heldLength > messageLength()) {
        throw new DcpError('ETOOBIG', `a message has at most ${messageLength()} units`, {
          details: { limit: messageLength() },
        })
      }
      if (entry.missing > 0) return
      partials.delete(id)
      entry.text = entry.parts.join('')
      entry.parts.length = 0
      release()
    },

    held: () => ({ partials: partials.size, length: heldLength }),
  }
}

function parseHeader(header: string): { id: number; seq: number; total: number } {
  let value: unknown
  try {
    value = JSON.parse(header)
  } catch (cause) {
    throw new DcpError('DCPC-1108', 'a fragment header is not JSON', { cause })
  }
  const {
    msgId: id,
    seq,
    total,
  } = (typeof value === 'object' && value !== null ? value : {}) as Readonly<
    Record<string, unknown>
  >
  if (!isCount(id) || !isCount(seq) || !isCount(total) || seq >= total) {
    throw new DcpError('DCPC-1108', 'a fragment header needs "msgId" and "seq" below "total"')
  }
  if (total > limits.fragmentCount) {
    throw new DcpError('DCPC-1113', `a message has at most ${limits.fragmentCount} fragments`, {
      details: { fragments: total, limit: limits.fragmentCount },
    })
  }
  return { id, seq, total }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}
