/** What a daemon sees of the connections made to it: sessions, and the requests they carry. */
import type { Address, Clock, Logger, Random, Signer } from '@manyhands/protocol'
import type { Crypto } from '@manyhands/wallet'

import type { Bearer } from './bearer.ts'

export interface ServerSession {
  readonly dcpsid: string
  readonly peer: Address
  /** The host and port by which the peer reached us, by its own word; undefined without a network. */
  readonly host?: string | undefined
  /** What program the peer is, by its own word (User-Agent); undefined when it does not say. */
  readonly userAgent?: string | undefined
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
  readonly authorizes: (resource: Address) => boolean
}

/**
 * Answers one request with the response's payload, or throws a DcpError, whose code, message and
 * details become the error payload. Called in the order of arrival, without waiting for earlier ones.
 */
export type Dispatch = (request: IncomingRequest) => Promise<unknown>

export interface EndpointOptions {
  /** The identity this endpoint answers as; it must stay the same across restarts. */
  readonly identity: Signer
  /**
   * True for operations that answer a repeated request (same peer and stamp) with their stored reply:
   * such a request is dispatched again instead of being refused with `EDUP`.
   */
  readonly repeatable?: (service: string, operation: string) => boolean
  /** How long a session waits for its peer to come back; 7,300 s by default. */
  readonly lingerMs?: number
  /** How long a goodbye may take; 7 s by default. */
  readonly closeTimeoutMs?: number
  /** How long a peer has to acknowledge before its transport is given up; 120 s by default. */
  readonly maxRttMs?: number
  /** Sessions of one identity, and of all. */
  readonly sessionsPerPeerMax?: number
  readonly sessionsMax?: number
}

export interface EndpointDeps {
  readonly dispatch: Dispatch
  readonly crypto: Crypto
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** Counts for monitoring, and for tests that nothing is kept that should not be. */
export interface EndpointLoad {
  readonly transports: number
  readonly strayTransports: number
  readonly stamps: number
  /** Messages waiting in the queues of all sessions. */
  readonly queued: number
  /** Incomplete messages held by all transports. */
  readonly partials: number
}

export interface Endpoint extends AsyncDisposable {
  /** Serves a peer that connected to the location of `service`. */
  accept(bearer: Bearer, service: string): void
  /** Sessions by their id, those that wait for their peer included. */
  readonly sessions: ReadonlyMap<string, ServerSession>
  load(): EndpointLoad
  /** Says goodbye to every session in order, then closes all transports; at most `closeTimeoutMs`. */
  close(): Promise<void>
}
