/** Writes the payload of a response. */
import { DcpError, writeJson } from '@manyhands/protocol'

import { limits } from '../limits.ts'
import { isObject } from './bodies.ts'

/**
 * JSON text of a payload; undefined when there is none.
 * Throws INTERNAL for a value that cannot be written, ETOOBIG when the text is too long.
 */
export function payloadTextOf(payload: unknown): string | undefined {
  let text: string | undefined
  try {
    text = writeJson(payload)
  } catch (cause) {
    throw new DcpError('INTERNAL', 'the payload cannot be written as JSON', { cause })
  }
  if (isObject(payload) && Object.hasOwn(payload, 'jsonData')) {
    // Peers would parse it as JSON text in place of `data` (wire-protocol §5.4).
    throw new DcpError('INTERNAL', 'a payload must not have a member "jsonData"')
  }
  checkLength(text?.length ?? 0)
  return text
}

/** Throws ETOOBIG when a text of this length cannot be part of a message. */
export function checkLength(length: number): void {
  if (length <= limits.messageLength - limits.frameHeaderLength) return
  throw new DcpError('ETOOBIG', `a message has at most ${limits.messageLength} units`, {
    details: { limit: limits.messageLength, length },
  })
}
