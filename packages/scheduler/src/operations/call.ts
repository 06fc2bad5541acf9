/** What the operations of a service work with. */
import type { Dispatch, IncomingRequest } from '@manyhands/connection'
import { DcpError, isDcpError } from '@manyhands/protocol'
import type { Address, Clock, Logger, Random, Signer } from '@manyhands/protocol'
import type { Crypto } from '@manyhands/wallet'
import type { GroupPolicy } from '../groups/group-policy.ts'
import type { Memberships } from '../groups/proof.ts'
import type { LeaseNotices } from '../events/lease-notices.ts'
import type { Router } from '../events/router.ts'
import type { WorkerMessages } from '../events/worker-messages.ts'
import { rememberMs, valueMax } from '../limits.ts'
import type { Refusals } from '../refusals.ts'
import type { Waiting } from '../tasks/waiting.ts'
import type { Turn, Turns } from '../turn.ts'
import type { Shelf } from '../values/shelf.ts'
import type { JobOrder } from './job-order.ts'
import { findReply, storeReply } from './replies-store.ts'

/** Operations by name, as the location of their service knows them. */
export type Operations = Readonly<Record<string, Dispatch>>

export interface OperationDeps {
  readonly turns: Turns
  readonly router: Router
  readonly workerMessages: WorkerMessages
  readonly leaseNotices: LeaseNotices
  /** Identities that may do what others may do with their own alone. */
  readonly administrators: ReadonlySet<Address>
  readonly waiting: Waiting
  readonly shelf: Shelf
  readonly jobOrder: JobOrder
  readonly memberships: Memberships
  readonly refusals: Refusals
  readonly groupPolicy: GroupPolicy
  readonly signer: Signer
  readonly crypto: Crypto
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** Runs a use case once for each validity stamp: a repeated request gets the first reply again. */
export function once(
  { turns }: OperationDeps,
  { peer, stamp }: IncomingRequest,
  useCase: (turn: Turn) => unknown,
): Promise<unknown> {
  return turns.take((turn) => {
    const known = findReply(turn.tx, peer, stamp)
    if (known !== undefined) return known
    const reply = useCase(turn)
    storeReply(turn.tx, peer, stamp, reply, turn.now + rememberMs)
    return reply
  })
}

export interface NamedValues {
  readonly operation: string
  /** Of the member that has them. */
  readonly name: string
  readonly texts: readonly string[]
}

/** @throws DcpError `ETOOBIG` naming the first of some values that is too long. */
export function checkValues(
  { refusals }: OperationDeps,
  { peer }: IncomingRequest,
  { operation, name, texts }: NamedValues,
): void {
  const index = texts.findIndex((text) => text.length > valueMax)
  if (index < 0) return
  refusals.note('size', peer)
  const message = `"${name}[${index}]" is longer than ${valueMax} characters`
  throw new DcpError('ETOOBIG', `${operation}: ${message}`)
}

/** Reads one member; what is wrong with it is refused with its name. */
export function readMember<Value>(operation: string, name: string, read: () => Value): Value {
  try {
    return read()
  } catch (cause) {
    if (!isDcpError(cause)) throw cause
    const code = cause.code === 'ETOOMANYTASKS' || cause.code === 'ETOOBIG' ? cause.code : 'EBADARG'
    throw new DcpError(code, `${operation}: "${name}" is not acceptable: ${cause.message}`, {
      cause,
    })
  }
}
