/**
 * The ports through which everything time-dependent, random, logged or signed reaches the logic.
 * They are passed in, so that a test can run the whole computer on a virtual clock from one seed.
 */
import type { Address } from './ids.ts'

/** Stops a timer that has not fired; harmless afterwards. */
export type CancelTimer = () => void

export interface TimerOptions {
  /** True: the timer does not keep the process alive. */
  readonly background?: boolean
}

export interface Clock {
  /** Wall clock, whole milliseconds since 1970. */
  now(): number
  /** Milliseconds on a clock that never goes back. */
  monotonic(): number
  setTimer(delayMs: number, callback: () => void, options?: TimerOptions): CancelTimer
  /** Resolves after `delayMs`; rejects with the signal's reason when it is aborted first. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>
}

export interface Random {
  bytes(length: number): Uint8Array
  /** `length` characters of `[0-9A-Za-z]`, evenly distributed. */
  token(length: number): string
  /** A number in [0, 1). */
  float(): number
}

export type LogFields = Readonly<Record<string, unknown>>

/** error = someone must act; warn = may become one; info = rare state changes; debug = per message. */
export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  child(fields: LogFields): Logger
}

/** A secp256k1 signature; `r` and `s` are 32 bytes each, `v` is 27 or 28. */
export interface Signature {
  readonly r: readonly number[]
  readonly s: readonly number[]
  readonly v: number
}

/** Holds a private key and signs text with it as an Ethereum personal message. */
export interface Signer {
  readonly address: Address
  sign(text: string): Signature
}
