/**
 * One session between two peers, the same on both sides: what may be asked of it, and what it tells
 * whoever made it. It outlives its transports and does not know them.
 */
import type { Clock, DcpError, Logger, Random, Signer } from '@manyhands/protocol'

import type { JsonObject } from './bodies.ts'
import type { OutgoingRequest } from './dialogues.ts'
import type { Outgoing } from './outbox.ts'

export type Phase = 'handshake' | 'open' | 'closing' | 'finished'

/** A request of the peer's that is not one of the built-in ones. */
export interface ReceivedRequest {
  readonly id: string
  readonly operation: string
  readonly data: unknown
  /** As parsed, before `jsonData` was replaced. */
  readonly payload: JsonObject
  readonly auth: JsonObject
  /** The payload's text exactly as it was sent. */
  readonly payloadText: () => string
}

export interface SessionHost {
  request(request: ReceivedRequest): void
  /** The handshake is over: `dcpsid` is set and messages may be queued. */
  opened(): void
  /** Nothing new is carried from now on; all open requests were told. */
  over(reason: DcpError): void
  /** There is nothing left to send either: the transport may go. */
  finished(reason: DcpError): void
  /** The peer does not acknowledge: the transport has to be replaced. */
  stalled(): void
  /** The peer's clock, seconds since 1970, from each of its responses. */
  heardTime?(seconds: number): void
}

export interface SessionOptions {
  readonly role: 'initiator' | 'target'
  readonly identity: Signer
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Seconds since 1970, by the clock both sides go by. */
  readonly now: () => number
  /** Known from the start on the side that creates it. */
  readonly dcpsid?: string
  /** Makes message ids, unique on this side. */
  readonly nextId: () => string
  readonly maxRttMs?: number
  readonly closeTimeoutMs?: number
}

/** Follows a response: `delivered` when the peer has it, `lost` when the session ended before. */
export type Receipt = Pick<Outgoing, 'delivered' | 'lost'>

export interface Session {
  readonly dcpsid: string | undefined
  readonly phase: Phase
  readonly attached: boolean
  /** Messages that wait, and their length. */
  readonly waiting: { readonly messages: number; readonly length: number }
  attach(transmit: (text: string) => void): void
  detach(): void
  /** Initiator: sends the `connect` request with this half of a session id. */
  connect(sid: string): void
  /** Target: takes the `connect` request as the first message and answers it. */
  acceptConnect(body: unknown): void
  /** Takes a verified message of the peer. */
  receive(bodyText: string, body: unknown): void
  /** Queues requests that leave in one message. Throws ECONNRESET, EBUSY or ETOOBIG. */
  request(unit: readonly OutgoingRequest[]): void
  /** Stops waiting for the answer; takes the request back when it has not left. */
  forget(id: string): void
  /** Queues a response. `payload` is any JSON; a value that is not becomes an INTERNAL error. */
  respond(id: string, success: boolean, payload: unknown, receipt?: Receipt): void
  /** Says goodbye in order; `finished` follows within `closeTimeoutMs`. */
  leave(code: string): void
  /** The peer broke the protocol: tells it if possible, and ends. */
  fail(error: DcpError): void
  /** Ends without a word. */
  end(reason: DcpError): void
}
