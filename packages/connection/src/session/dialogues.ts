/** Our requests that wait for a response, and those whose response nobody waits for any more. */
import type { DcpError } from '@manyhands/protocol'

import type { Outgoing } from './outbox.ts'

/** A request of ours and who waits for its response. */
export interface OutgoingRequest extends Pick<Outgoing, 'id' | 'head'> {
  answered(success: boolean, payload: unknown): void
  /** No answer can come any more. */
  lost(reason: DcpError): void
}

export interface Dialogues {
  open(request: OutgoingRequest): void
  /** Ends the dialogue; `forgotten` when nobody waits, undefined when there was no such request. */
  close(id: string): OutgoingRequest | 'forgotten' | undefined
  /** Stops waiting; false when the request was not open. `expected`: a response may still come. */
  abandon(id: string): boolean
  expectLate(id: string): void
  /** Abandons all. */
  drain(): OutgoingRequest[]
}

export function createDialogues(): Dialogues {
  const open = new Map<string, OutgoingRequest>()
  /** The late response must not look unsolicited. */
  const forgotten = new Set<string>()
  return {
    open: (request) => void open.set(request.id, request),
    close(id) {
      if (forgotten.delete(id)) return 'forgotten'
      const request = open.get(id)
      open.delete(id)
      return request
    },
    abandon: (id) => open.delete(id),
    expectLate: (id) => void forgotten.add(id),
    drain() {
      const all = [...open.values()]
      open.clear()
      for (const { id } of all) forgotten.add(id)
      return all
    },
  }
}
