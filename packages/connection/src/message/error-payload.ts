/** Errors as they travel in responses (wire-protocol §9.4), in both directions. */
import { DcpError, type ErrorCode, isDcpError, type Logger, type Random } from '@manyhands/protocol'

import { isObject, type JsonObject } from '../session/bodies.ts'

/** Members that mean something else to a peer, or nothing good. */
const reserved: ReadonlySet<string> = new Set(['stack', 'origin', 'jsonData', 'cause'])

/**
 * What the peer is told. Only a DcpError speaks for itself; anything else is a defect of ours, which
 * is logged, and of which the peer learns only the number to quote.
 */
export function errorPayload(
  error: unknown,
  { random, logger }: { readonly random: Random; readonly logger: Logger },
): JsonObject {
  if (!isDcpError(error)) {
    const correlationId = random.token(12)
    logger.error('a request failed for an unknown reason', { correlationId, error })
    const message = `internal error, quote ${correlationId} when reporting it`
    return { message, code: 'INTERNAL', name: 'DCPError', correlationId }
  }
  const details = Object.entries(error.details).filter(([name]) => !reserved.has(name))
  return {
    ...Object.fromEntries(details),
    message: error.message,
    code: error.code,
    name: 'DCPError',
  }
}

/** The error a peer reported; its code is kept even when we do not know it. */
export function errorFromPayload(payload: unknown): DcpError {
  const told: JsonObject = isObject(payload) ? payload : {}
  const { message, code, name: _name, stack: _stack, ...details } = told
  return new DcpError(
    // Codes of the peer's own are any text; the class documents that.
    (typeof code === 'string' ? code : 'INTERNAL') as ErrorCode,
    typeof message === 'string' ? message : 'the peer reported an error without a message',
    { details },
  )
}
