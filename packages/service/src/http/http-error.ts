/** Errors as HTTP answers: known codes with their message, anything else without a word of it. */
import { type Logger, type Random, isDcpError } from '@manyhands/protocol'

import { type HttpResponse, jsonResponse } from './http-route.ts'

const statuses: Readonly<Record<string, number>> = {
  EINVAL: 400,
  EBADARG: 400,
  EFORMAT: 400,
  EPERM: 403,
  ENOENT: 404,
  ENOTSUPPORTED: 404,
  EEXIST: 409,
  ETOOBIG: 413,
  EBUSY: 503,
  ENOSPC: 503,
}

interface Deps {
  readonly logger: Logger
  readonly random: Random
}

const correlationChars = 12

/** A defect is logged with a correlation id, and the client gets only that. */
export function errorResponse(error: unknown, { logger, random }: Deps): HttpResponse {
  const status = isDcpError(error) ? statuses[error.code] : undefined
  if (isDcpError(error) && status !== undefined) {
    const { code, message } = error
    return jsonResponse({ success: false, error: { code, message } }, status)
  }
  const correlationId = random.token(correlationChars)
  logger.error('a request failed', { correlationId, error })
  const message = `internal error, quote ${correlationId} when reporting it`
  return jsonResponse({ success: false, error: { code: 'INTERNAL', message, correlationId } }, 500)
}
