/**
 * What a program that opens a connection holds. A connection outlives its transports and its
 * sessions: a lost transport is resumed, a lost session (the server forgot it) is replaced by a new one.
 */
import type { Address, Signer } from '@manyhands/protocol'

export interface RequestOptions {
  /** Further keys that authorize this request (wire-protocol §10); their owner signs the payload. */
  readonly authorizeBy?: readonly Signer[]
  /**
   * True: when the session is lost the request is sent again on the next one under the same validity
   * stamp, and the server answers with its first reply. False (default): it rejects with `ECONNRESET`.
   */
  readonly idempotent?: boolean
  readonly signal?: AbortSignal
}

export interface OutgoingRequest extends RequestOptions {
  readonly operation: string
  readonly data?: unknown
}

/** Answers a request that the server sent; what it returns is the response's payload. */
export type ServerRequestHandler = (operation: string, data: unknown) => unknown

export interface Connection extends AsyncDisposable {
  /** This side's identity. */
  readonly identity: Address
  /** The server's identity, once a session exists. */
  readonly peer: Address | undefined
  /**
   * Resolves with the response's payload.
   * @throws DcpError with the server's code when it refuses, or `ECONNRESET`, `ETIMEDOUT`, `EPIPE`
   *   when no answer can come.
   */
  request(operation: string, data?: unknown, options?: RequestOptions): Promise<unknown>
  /** Sends all in one signed message, in order; settles each by its own response. */
  batch(requests: readonly OutgoingRequest[]): Promise<PromiseSettledResult<unknown>[]>
  onServerRequest(handler: ServerRequestHandler): void
  /** Called with the session id each time a session begins, the first included. */
  onSession(listener: (dcpsid: string) => void): void
  /** The session id, waiting for a session where there is none. */
  session(signal?: AbortSignal): Promise<string>
  /** Says goodbye in order; at most `closeTimeoutMs`. Idempotent. */
  close(): Promise<void>
}
