/**
 * What lies between a bearer and the sealed messages: announcements, fragments, the first character
 * of a transport message, and the longest of each (wire-protocol §4.4-4.6). Once the peer breaks these
 * rules nothing more is read from it; the owner says goodbye if it can, and closes.
 */
import { DcpError, isDcpError } from '@manyhands/protocol'

import {
  type Announcement,
  assumedAnnouncement,
  ownAnnouncement,
  parseAnnouncement,
} from './announcement.ts'
import type { Bearer } from '../bearer.ts'
import { createReassembler, framesOf } from './fragments.ts'
import { limits } from '../limits.ts'

export interface FramingHandlers {
  /** A sealed message, whole. */
  message(text: string): void
  /** The peer broke the rules; nothing more will be delivered. */
  broken(error: DcpError): void
  /** Debug text the peer sent along; it has no effect. */
  remark?(text: string): void
  closed(reason: string): void
}

export interface Framing {
  /** Throws ETOOBIG when the peer could not take the message. */
  send(text: string): void
  /** Says why, in debug text that every peer ignores, then closes. */
  refuse(error: DcpError): void
  /** The peer has proven who it is: longer messages are welcome. */
  trust(): void
  close(): void
  /** What is held of incomplete messages. */
  held(): { readonly partials: number; readonly length: number }
}

export function createFraming(bearer: Bearer, handlers: FramingHandlers): Framing {
  let peer: Announcement = assumedAnnouncement
  let messageLength: number = limits.unknownMessageLength
  let reading = true
  let messageCount = 0
  const reassembler = createReassembler({
    messageLength: () => messageLength,
    // What was read before the rules were broken is still good, what comes after is not.
    deliver: (text) => {
      if (!reading) return
      if (peer.wantsAck) bearer.send('A0000-ACK')
      handlers.message(text)
    },
  })

  function stop(error: unknown): void {
    if (!isDcpError(error)) throw error
    if (!reading) return
    reading = false
    handlers.broken(error)
  }

  function checkLength(length: number, limit: number, what: string): void {
    if (length <= limit) return
    throw new DcpError('ETOOBIG', `${what} has at most ${limit} units, this one ${length}`, {
      details: { limit, length },
    })
  }

  function receiveExtended(text: string): void {
    const headerLength = /^[0-9A-Fa-f]{4}/.test(text.slice(1, 5))
      ? Number.parseInt(text.slice(1, 5), 16)
      : Number.NaN
    if (!(headerLength <= limits.frameHeaderLength) || text.length < 6 + headerLength) {
      throw new DcpError('DCPC-1108', 'an extended message needs a header of the length it names')
    }
    const header = text.slice(6, 6 + headerLength)
    const payload = text.slice(6 + headerLength)
    switch (text.charAt(5)) {
      case 'P':
        peer = parseAnnouncement(payload, peer)
        return
      case 'C':
        if (payload.length > limits.fragmentLength) {
          throw new DcpError('DCPC-1114', `a fragment has at most ${limits.fragmentLength} units`, {
            details: { limit: limits.fragmentLength, length: payload.length },
          })
        }
        reassembler.fragment(header, payload)
        return
      case 'O':
        checkLength(payload.length, messageLength, 'a message')
        reassembler.urgent(payload)
        return
      default:
        // Header types of later versions are to be ignored (DCPC-1101 is for strict peers only).
        return
    }
  }

  function receive(text: string): void {
    switch (text.charAt(0)) {
      case '{':
        checkLength(text.length, messageLength, 'a message')
        reassembler.whole(text)
        return
      case 'E':
        checkLength(text.length, messageLength + limits.frameHeaderLength, 'a frame')
        receiveExtended(text)
        return
      case 'A':
        return
      case 'T':
        handlers.remark?.(text.slice(1, 1 + limits.frameHeaderLength))
        return
      default:
        throw new DcpError('DCPC-1102', 'a transport message begins with "{", "E", "A" or "T"')
    }
  }

  const framing: Framing = {
    send(text) {
      messageCount += 1
      for (const frame of framesOf(text, peer, messageCount)) bearer.send(frame)
    },
    refuse(error) {
      bearer.send(`T${error.code}: ${error.message}`)
      reading = false
      bearer.close()
    },
    trust() {
      messageLength = limits.messageLength
    },
    close() {
      reading = false
      bearer.close()
    },
    held: () => reassembler.held(),
  }

  bearer.send(ownAnnouncement)
  bearer.receive({
    message(text) {
      if (!reading) return
      try {
        receive(text)
      } catch (error) {
        stop(error)
      }
    },
    closed(reason) {
      reading = false
      handlers.closed(reason)
    },
  })
  return framing
}
