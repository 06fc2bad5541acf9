/** A session as a daemon holds it, over the session core. */
import { type Address, DcpError, type Random } from '@manyhands/protocol'

import type { ServerSession } from '../endpoint.ts'
import { times } from '../limits.ts'
import { requestHead, requestPayloadText } from '../session/body-text.ts'
import type { Session } from '../session/session.ts'

export interface ServerSessionParts {
  readonly core: Session
  readonly dcpsid: string
  readonly peer: Address
  readonly ended: AbortSignal
  readonly random: Random
  readonly now: () => number
  readonly nextId: () => string
}

export function createServerSession(parts: ServerSessionParts): ServerSession {
  const { core, dcpsid, peer, ended, random, now, nextId } = parts
  return {
    dcpsid,
    peer,
    ended,
    get connected() {
      return core.attached
    },
    request: async (operation, data) =>
      await new Promise((resolve, reject) => {
        const id = nextId()
        const payload = requestPayloadText({
          operation,
          dataText: JSON.stringify(data),
          allow: [],
          stamp: random.token(21),
          ttlSeconds: times.ttlDefault / 1000,
          timeSeconds: now(),
        })
        const head = requestHead(id, payload)
        const answered = (success: boolean, answer: unknown): void =>
          resolve({ success, payload: answer })
        core.request([{ id, head, answered, lost: reject }])
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
