/**
 * The token an official worker gets with its slices and echoes with everything it sends of them: our
 * own signature over who may do what. Its content is ours, so it names leases, not slices.
 */
import type { IncomingRequest } from '@manyhands/connection'
import { DcpError, isDcpError, parseSignature } from '@manyhands/protocol'
import type { Signature, Signer } from '@manyhands/protocol'
import { recoverSigner } from '@manyhands/wallet'
import type { OperationDeps } from '../call.ts'

interface Authorization {
  readonly workerId: string
  /** Job, by the name used with this worker → always empty; official workers look for the member. */
  readonly authSlices: Readonly<Record<string, readonly number[]>>
  readonly schedulerId: { readonly address: string }
  /** Job, by the same name → what its compute group keeps, and for whom. */
  readonly jobCommissions: Readonly<Record<string, unknown>>
  /** Seconds since 1970. */
  readonly issued: number
  /** Job, by the same name → lease. */
  readonly leases: Readonly<Record<string, string>>
}

export interface AuthorizationMessage {
  readonly owner: string
  readonly signature: Signature
  readonly auth: Authorization
}

interface Given {
  readonly worker: string
  /** Job, by the name used with this worker → lease. */
  readonly leases: Readonly<Record<string, string>>
  readonly commissions: Readonly<Record<string, unknown>>
}

export function authorize(
  signer: Signer,
  { worker, leases, commissions }: Given,
  now: number,
): AuthorizationMessage {
  const auth: Authorization = {
    workerId: worker,
    authSlices: Object.fromEntries(Object.keys(leases).map((job) => [job, []])),
    schedulerId: { address: signer.address },
    jobCommissions: commissions,
    issued: Math.floor(now / 1000),
    leases,
  }
  return { owner: signer.address, signature: signer.sign(JSON.stringify(auth)), auth }
}

/** A token is refused after this time whatever its lease is, seconds. */
const ageMaxSeconds = 48 * 3600

/** The part of a worker's request that says for which lease it speaks. */
interface Claim {
  readonly operation: string
  /** As the worker was given it. */
  readonly job: string
  readonly authorizationMessage?: Readonly<Record<string, unknown>>
  readonly worker: string
}

/**
 * The lease that a request of an official worker is about.
 * @throws DcpError `EPERM` when the token is not ours, too old, or another worker's.
 */
export function authorizedLease(
  deps: OperationDeps,
  { peer }: IncomingRequest,
  claim: Claim,
): string {
  const { auth, signature } = claim.authorizationMessage ?? {}
  const { issued, workerId, leases } = recordOf(auth)
  const lease = recordOf(leases)[claim.job]
  const age = deps.clock.now() / 1000 - Number(issued)
  const isOurs = signerOf(deps, JSON.stringify(auth), signature) === deps.signer.address
  // Written so that an age that is no number is refused, too.
  if (isOurs && age <= ageMaxSeconds && workerId === claim.worker && typeof lease === 'string') {
    return lease
  }
  deps.refusals.note('token', peer)
  throw new DcpError('EPERM', `${claim.operation}: "authorizationMessage" does not allow this`)
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function signerOf({ crypto }: OperationDeps, text: string, signature: unknown): string | undefined {
  try {
    return recoverSigner(text, parseSignature(signature), crypto)
  } catch (error) {
    if (isDcpError(error)) return undefined
    throw error
  }
}
