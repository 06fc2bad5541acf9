/**
 * The one error class and the one table of codes. A code is what programs switch on; the message
 * says what to do next. Recognise errors by `isDcpError`, not `instanceof`: they cross realms.
 */

interface ErrorKind {
  /** What it means, for the documentation. */
  readonly meaning: string
  /** True when the same request may succeed later without a change. */
  readonly retryable?: boolean
}

const kinds = {
  EINVAL: { meaning: 'malformed request, unknown operation or version' },
  EPERM: { meaning: 'the caller or its authorization is not sufficient' },
  ENOENT: { meaning: 'no such job, slice, group, account or package' },
  EEXIST: { meaning: 'it already exists with other content' },
  EBADARG: { meaning: 'a value is not acceptable' },
  ERANGE: { meaning: 'the value is not part of the input set' },
  ENOFUNDS: { meaning: 'the balance is not sufficient' },
  ENOWORKTIME: { meaning: 'the worktime is unknown' },
  EWORKTOOBIG: { meaning: 'work function and modules exceed the size limit' },
  ETOOBIG: { meaning: 'a value or reply exceeds its size limit' },
  ETOOMANYTASKS: { meaning: 'the job has more slices than a job may have' },
  EJOBCLOSED: { meaning: 'the job no longer accepts slices' },
  ECGNONE: { meaning: 'the job could join none of the compute groups' },
  ELIMIT: { meaning: 'there are as many of that as there may be at a time' },
  ECANCEL: { meaning: 'cancelled on request' },
  ENOPROGRESS: { meaning: 'a slice made no progress call for too long' },
  ESLICETOOSLOW: { meaning: 'a slice ran longer than a slice may run' },
  ETOOMANYERRORS: { meaning: 'too many slices of the job failed' },
  EUNCAUGHT: { meaning: 'the work function failed outside normal error handling' },
  EWORKREJECT: { meaning: 'the work function rejected this worker' },
  ENOMODULE: { meaning: 'a module the work needs does not exist' },
  EPERM_ORIGIN: { meaning: 'the origin is not allowed on this worker' },
  EFETCH: { meaning: 'data could not be fetched from its location' },
  EMODULETOOBIG: { meaning: 'a module exceeds the size limit' },
  EBADVER: { meaning: 'not a semantic version' },
  EBADSIG: { meaning: 'the signature is not by the key that is claimed' },
  ENOTABLE: { meaning: 'no such table, or none that a client may use' },
  ESANDBOX: { meaning: 'the sandbox died or could not be started', retryable: true },
  EMEMORY: { meaning: 'the sandbox used more memory than it may' },
  ENOJAIL: { meaning: 'the jail that this worker must have cannot be built here' },
  ENOTSUPPORTED: { meaning: 'this computer does not offer that' },
  EVERSION: { meaning: 'the protocol versions of the two peers do not meet' },
  EADDRCHANGE: { meaning: 'the server has another identity than before' },
  EDCPSID: { meaning: 'the session id does not match' },
  EDUP: { meaning: 'the message was received before' },
  EEXPIRED: { meaning: 'the message is older than it may be' },
  ETIMETRAVEL: { meaning: 'the message comes from the future: check the clocks' },
  EPIPE: { meaning: 'the connection was closed here' },
  ECONNRESET: { meaning: 'the peer ended the session', retryable: true },
  ETIMEDOUT: { meaning: 'no connection could be made in time', retryable: true },
  EBUSY: { meaning: 'overloaded or shutting down', retryable: true },
  ENOSPC: { meaning: 'the database or the disk is full', retryable: true },
  EFORMAT: { meaning: 'text that is not in the format it should be in' },
  EKEYSTORE: { meaning: 'a keystore cannot be read or unlocked' },
  EDATADIR: { meaning: 'the data directory cannot be used' },
  EADDRINUSE: { meaning: 'the port is taken by another program' },
  INTERNAL: { meaning: 'a defect on the other side; quote the correlation id when reporting it' },
  'DCPL-1100': { meaning: 'the job could not join any compute group and was cancelled' },
  'DCPC-1026': { meaning: 'nonce mismatch' },
  'DCPC-1102': { meaning: 'a transport message of unknown kind' },
  'DCPC-1108': { meaning: 'a fragment header that makes no sense' },
  'DCPC-1113': { meaning: 'too many fragments' },
  'DCPC-1114': { meaning: 'a fragment longer than announced' },
  'DCPC-1321': { meaning: 'unexpected connect' },
} as const

export type ErrorCode = keyof typeof kinds

/** Code → meaning and whether to try again; what `docs/reference/errors.md` is made from. */
export const errorKinds: Readonly<Record<ErrorCode, ErrorKind>> = kinds

export interface DcpErrorOptions {
  /** Facts a program can use: names, limits, amounts. JSON-compatible. */
  readonly details?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
}

const mark = Symbol.for('manyhands.error')

export class DcpError extends Error {
  override readonly name = 'DcpError'
  /** One of `ErrorCode` when it was made here; any text when a peer sent it. */
  readonly code: string
  readonly details: Readonly<Record<string, unknown>>
  readonly retryable: boolean

  constructor(code: ErrorCode, message: string, options: DcpErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    Object.defineProperty(this, mark, { value: true })
    this.code = code
    this.details = options.details ?? {}
    this.retryable = (kinds[code] as ErrorKind | undefined)?.retryable === true
  }
}

/** True for a DcpError of this or any other copy of this package; with `code`, of that code. */
export function isDcpError(value: unknown, code?: string): value is DcpError {
  if (typeof value !== 'object' || value === null || !(mark in value)) return false
  return code === undefined || (value as { code?: unknown }).code === code
}
