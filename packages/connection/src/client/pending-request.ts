/** A request of ours from the call until its promise settles, over as many sessions as that takes. */
import { type Address, DcpError, type Random, type Signer, writeJson } from '@manyhands/protocol'

import { grantsFor, signaturesFor } from '../message/authorization.ts'
import type { OutgoingRequest as RequestedCall } from '../connection.ts'
import { errorFromPayload } from '../message/error-payload.ts'
import { limits, times } from '../limits.ts'
import { requestHead, requestPayloadText } from '../session/body-text.ts'
import type { OutgoingRequest } from '../session/dialogues.ts'

export interface PendingRequest {
  readonly id: string
  readonly idempotent: boolean
  readonly settled: boolean
  readonly promise: Promise<unknown>
  /** The message for a session with this peer; the same text, and stamp, whenever it is sent again. */
  message(peer: Address): OutgoingRequest
  reject(reason: unknown): void
}

export interface PendingRequestParts {
  readonly identity: Signer
  readonly random: Random
  /** Seconds since 1970 by the server's clock, as far as it is known. */
  readonly now: () => number
  readonly nextId: () => string
  /** The server answered, whatever it said. */
  answered(): void
  /** The session was lost; the request may have arrived or not. */
  lost(request: PendingRequest, reason: DcpError): void
  /** Called once, when nobody waits for the answer any more. */
  aborted(request: PendingRequest): void
}

/** Throws EBADARG when the data has no JSON text, ETOOBIG when it is too long. */
export function createPendingRequest(
  call: RequestedCall,
  parts: PendingRequestParts,
): PendingRequest {
  const { identity, random, now } = parts
  const id = parts.nextId()
  const idempotent = call.idempotent === true
  const dataText = dataTextOf(call)
  const stamp = random.token(21)
  const timeSeconds = now()
  let message: OutgoingRequest | undefined
  let resolve: (payload: unknown) => void = () => undefined
  let rejectPromise: (reason: unknown) => void = () => undefined
  let settled = false
  const promise = new Promise<unknown>((onAnswer, onFailure) => {
    resolve = onAnswer
    rejectPromise = onFailure
  })
  const onAbort = (): void => {
    if (settled) return
    request.reject(call.signal?.reason)
    parts.aborted(request)
  }

  function settle(): boolean {
    if (settled) return false
    settled = true
    call.signal?.removeEventListener('abort', onAbort)
    return true
  }

  function build(peer: Address): OutgoingRequest {
    const signers = call.authorizeBy ?? []
    const payloadText = requestPayloadText({
      operation: call.operation,
      dataText,
      allow: grantsFor(signers, { guardian: peer, accessor: identity.address }),
      stamp,
      // What may be sent again must stay valid for as long as it can.
      ttlSeconds: (idempotent ? times.ttlMax : times.ttlDefault) / 1000,
      timeSeconds,
    })
    return {
      id,
      head: requestHead(id, payloadText, signaturesFor(signers, payloadText)),
      answered(success, payload) {
        parts.answered()
        if (!settle()) return
        if (success) resolve(payload)
        else rejectPromise(errorFromPayload(payload))
      },
      lost: (reason) => parts.lost(request, reason),
    }
  }

  const request: PendingRequest = {
    id,
    idempotent,
    get settled() {
      return settled
    },
    promise,
    message: (peer) => (message ??= build(peer)),
    reject(reason) {
      if (settle()) rejectPromise(reason)
    },
  }
  if (call.signal?.aborted === true) request.reject(call.signal.reason)
  else call.signal?.addEventListener('abort', onAbort)
  return request
}

function dataTextOf({ operation, data }: RequestedCall): string | undefined {
  if (operation === '' || operation.length > limits.operationLength) {
    throw new DcpError('EBADARG', `an operation has 1 to ${limits.operationLength} characters`)
  }
  let text: string | undefined
  try {
    text = writeJson(data)
  } catch (cause) {
    throw new DcpError('EBADARG', `the data of ${operation} cannot be written as JSON`, { cause })
  }
  if (text !== undefined && text.length > limits.messageLength - limits.frameHeaderLength) {
    throw new DcpError('ETOOBIG', `the data of ${operation} is longer than a message may be`, {
      details: { limit: limits.messageLength, length: text.length },
    })
  }
  return text
}
