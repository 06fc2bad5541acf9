/**
 * The lower edge of this package: a pipe that carries texts in order until it breaks. It may be a
 * socket.io connection or a pair of queues in memory; nothing above can tell the difference.
 */
export interface BearerHandlers {
  readonly message: (text: string) => void
  /** Called once, also after our own `close()`. */
  readonly closed: (reason: string) => void
}

export interface Bearer {
  /** The host by whose name the peer reached us, and its port; the peer's own word for it. */
  readonly host?: string | undefined
  /** What program the peer is, by its own word (User-Agent). */
  readonly userAgent?: string | undefined
  /** Hands over one text; silently does nothing when the pipe is broken. */
  send(text: string): void
  /** Called once; what arrived before is delivered after this call has returned. */
  receive(handlers: BearerHandlers): void
  /** Breaks the pipe after what was sent before. Idempotent. */
  close(): void
}

/**
 * Makes a new pipe to one location. Rejects with a DcpError: `ETIMEDOUT` when trying again may help,
 * any other code when it cannot.
 */
export type OpenBearer = (signal: AbortSignal) => Promise<Bearer>
