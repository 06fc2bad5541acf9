/** What a daemon sees of the connections made to it: sessions, and the requests they carry. */
import type { Address } from '@manyhands/protocol'

export interface ServerSession {
  readonly dcpsid: string
  readonly peer: Address
  /** Aborted when the session is over for good (closed, or its linger time ran out). */
  readonly ended: AbortSignal
  /** False while the peer's transport is lost and may come back. */
  readonly connected: boolean
  /** Sends a request to the peer (an `event`); resolves with its answer, rejects when the session ends. */
  request(operation: string, data: unknown): Promise<{ success: boolean; payload: unknown }>
}

export interface IncomingRequest {
  /** Name of the location the connection was made to, such as `jobSubmit`; `dcp` for all of them. */
  readonly service: string
  readonly operation: string
  readonly data: unknown
  readonly peer: Address
  readonly session: ServerSession
  /** The validity stamp: a repeated request carries the same one. */
  readonly stamp: string
  /** When the request was queued, milliseconds since 1970, by the sender's idea of our clock. */
  readonly timeMs: number
  /** Resolves when the peer has acknowledged our response; rejects when the session ends before. */
  readonly answered: Promise<void>
  /** True when the key of `resource` allowed this service to act on it for the peer (wire-protocol §10). */
  authorizes(resource: Address): boolean
}

/**
 * Answers one request with the response's payload, or throws a DcpError, whose code, message and
 * details become the error payload. Called in the order of arrival, without waiting for earlier ones.
 */
export type Dispatch = (request: IncomingRequest) => Promise<unknown>
