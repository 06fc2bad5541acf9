/** Hands one request to dispatch and its outcome back to the session. */
import { DcpError, type Signer } from '@manyhands/protocol'

import { isAuthorized } from '../message/authorization.ts'
import type { EndpointDeps, EndpointOptions, IncomingRequest, ServerSession } from '../endpoint.ts'
import { errorPayload } from '../message/error-payload.ts'
import { limits } from '../limits.ts'
import type { ReceivedRequest, Session } from '../session/session.ts'
import type { StampMemory } from '../message/validity.ts'
import { createReceipt } from './server-session.ts'

export interface ServeParts extends EndpointDeps {
  readonly identity: Signer
  readonly repeatable: EndpointOptions['repeatable']
  readonly stamps: StampMemory
  readonly service: string
  readonly core: Session
  readonly session: ServerSession
}

/** Makes what serves the requests of one session, each at once and in the order of the calls. */
export function createRequestServer(parts: ServeParts): (request: ReceivedRequest) => void {
  const { core } = parts
  let open = 0

  function refuse(id: string, error: DcpError): void {
    core.respond(id, false, errorPayload(error, parts))
  }

  return (request) => {
    if (open >= limits.openRequests) {
      const details = { limit: limits.openRequests }
      return refuse(request.id, new DcpError('EBUSY', 'too many requests are open', { details }))
    }
    open += 1
    void serve(request, parts).finally(() => {
      open -= 1
    })
  }
}

async function serve(request: ReceivedRequest, parts: ServeParts): Promise<void> {
  const receipt = createReceipt()
  const { core, session, service, identity, crypto } = parts
  const { peer } = session
  const { id, operation, data } = request
  try {
    const { stamp, timeMs, repeated } = parts.stamps.check(peer, request.payload['validity'])
    if (repeated && parts.repeatable?.(service, operation) !== true) {
      throw new DcpError('EDUP', 'a request with this validity stamp was received before')
    }
    const incoming: IncomingRequest = {
      service,
      operation,
      data,
      peer,
      session,
      stamp,
      timeMs,
      get answered() {
        return receipt.answered
      },
      authorizes: (resource) =>
        isAuthorized(request, resource, { guardian: identity.address, accessor: peer, crypto }),
    }
    core.respond(id, true, await parts.dispatch(incoming), receipt)
  } catch (error) {
    core.respond(id, false, errorPayload(error, parts), receipt)
  }
}
