/**
 * Writes lines to the official worker. Values are encoded here from structured clones, in a closed
 * table, where the work function cannot interfere with the encoder.
 */
import { type KvinLabel, marshal, unmarshal } from '@manyhands/protocol'

import { guestLimits } from '../../limits.ts'
import type { GuestError } from '../../messages.ts'

export interface LineWriter {
  /** Decided by the first message of the worker. */
  label: KvinLabel
  /**
   * Posts as the ring of that number.
   * @throws DcpError or RangeError when the value cannot be sent; nothing is written then.
   */
  post(ring: 0 | 1 | 2 | 3, value: Readonly<Record<string, unknown>>): void
  /** Acknowledges a line of the worker of the type `step`, or says why it cannot be taken. */
  acknowledge(step: string, failure?: GuestError): void
  /** Refuses a line that has no type; `step` is how far its reading got. */
  refuse(step: string, failure: GuestError): void
  /** The last line of a session. */
  die(text: string): void
}

class TooBigError extends RangeError {
  override readonly name = 'RangeError'
  readonly code = 'ETOOBIG'
}

function encode(value: unknown, label: KvinLabel): string {
  const document = marshal(value, { label })
  const text = JSON.stringify(document)
  // Runs and holes make short texts of huge arrays: what readers would refuse is refused here.
  if (text.includes('"lst":') || text.includes('"len":')) unmarshal(document)
  if (text.length > guestLimits.resultBytesMax) {
    throw new TooBigError(`longer than ${guestLimits.resultBytesMax} characters when encoded`)
  }
  return text
}

export function createLineWriter(write: (line: string) => void): LineWriter {
  const writer: LineWriter = {
    label: 'v9',
    post(ring, value) {
      const message = encode({ ringSource: ring, value }, writer.label)
      write(`MSG:{"type":"workerMessage","message":${message}}`)
    },
    acknowledge(step, failure) {
      const result = { type: 'result', step, success: failure === undefined, origin: step }
      const reason = failure === undefined ? {} : { exception: failure, e: {} }
      write(`MSG:${JSON.stringify({ ...result, ...reason })}`)
    },
    refuse(step, exception) {
      write(`MSG:${JSON.stringify({ type: 'result', step, success: false, exception, e: {} })}`)
    },
    die: (text) => write(`DIE: ${text}`),
  }
  return writer
}
