/** What an operation gets and what it works with. */
import type { IncomingRequest } from '@manyhands/connection'
import type { Clock, Logger, Random, Signer } from '@manyhands/protocol'
import type { Crypto } from '@manyhands/wallet'
import type { Router } from '../events/router.ts'
import { rememberMs } from '../limits.ts'
import type { Waiting } from '../tasks/waiting.ts'
import type { Turn, Turns } from '../turn.ts'
import type { Fields } from './fields.ts'
import { findReply, storeReply } from './replies-store.ts'

export interface Call {
  readonly request: IncomingRequest
  readonly fields: Fields
}

/** Answers one request with the payload of its response, or throws a DcpError. */
export type Operation = (call: Call) => Promise<unknown>

/** By name, as the location of its service knows it. */
export type Operations = Readonly<Record<string, Operation>>

export interface OperationDeps {
  readonly turns: Turns
  readonly router: Router
  readonly waiting: Waiting
  readonly signer: Signer
  readonly crypto: Crypto
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** Runs a use case once for each validity stamp: a repeated request gets the first reply again. */
export function once(
  { turns }: OperationDeps,
  { request }: Call,
  useCase: (turn: Turn) => unknown,
): Promise<unknown> {
  const { peer, stamp } = request
  return turns.take((turn) => {
    const known = findReply(turn.tx, peer, stamp)
    if (known !== undefined) return known
    const reply = useCase(turn)
    storeReply(turn.tx, peer, stamp, reply, turn.now + rememberMs)
    return reply
  })
}
