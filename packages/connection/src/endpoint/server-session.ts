/** A session as a daemon holds it, over the session core. */
import { type Address, DcpError, type Random } from '@manyhands/protocol'

import type { ServerSession } from '../endpoint.ts'
import { plainRequest } from '../session/plain-request.ts'
import type { Session } from '../session/session.ts'

export interface ServerSessionParts {
  readonly core: Session
  readonly dcpsid: string
  readonly peer: Address
  readonly host: string | undefined
  readonly userAgent: string | undefined
  readonly ended: AbortSignal
  readonly random: Random
  readonly now: () => number
  readonly nextId: () => string
}

export function createServerSession(parts: ServerSessionParts): ServerSession {
  const { core, dcpsid, peer, host, userAgent, ended, random, now, nextId } = parts
  return {
    dcpsid,
    peer,
    host,
    userAgent,
    ended,
    get connected() {
      return core.attached
    },
    request: async (operation, data) =>
      await new Promise((resolve, reject) => {
        const answered = (success: boolean, payload: unknown): void => resolve({ success, payload })
        const request = plainRequest(operation, data, { random, now, nextId })
        core.request([{ ...request, answered, lost: reject }])
      }),
  }
}

/** Follows one response to the peer's Ack; the promise is made only for those who look at it. */
export interface Receipt {
  readonly answered: Promise<void>
  delivered(): void
  lost(reason: DcpError): void
}

export function createReceipt(): Receipt {
  let outcome: 'delivered' | DcpError | undefined
  let settle: ((outcome: 'delivered' | DcpError) => void) | undefined
  let promise: Promise<void> | undefined

  function decide(value: 'delivered' | DcpError): void {
    outcome ??= value
    settle?.(outcome)
  }

  return {
    get answered() {
      promise ??= new Promise<void>((resolve, reject) => {
        settle = (value) => {
          if (value === 'delivered') resolve()
          else reject(value)
        }
        if (outcome !== undefined) settle(outcome)
      })
      // Who only waits for success must not bring the program down when the peer goes away.
      promise.catch(() => undefined)
      return promise
    },
    delivered: () => decide('delivered'),
    lost: decide,
  }
}
