/**
 * The token an official worker gets with its slices and echoes with everything it sends of them: our
 * own signature over who may do what. Its content is ours, so it names leases, not slices.
 */
import { isDcpError, parseSignature } from '@manyhands/protocol'
import type { Signature, Signer } from '@manyhands/protocol'
import { recoverSigner } from '@manyhands/wallet'
import type { Crypto } from '@manyhands/wallet'
import type { Fields } from './fields.ts'
import { notYourLease } from './worker-fields.ts'

export interface Authorization {
  readonly workerId: string
  /** Job, by the name used with this worker → always empty; official workers look for the member. */
  readonly authSlices: Readonly<Record<string, readonly number[]>>
  readonly schedulerId: { readonly address: string }
  readonly jobCommissions: Readonly<Record<string, never>>
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

export function authorize(
  signer: Signer,
  worker: string,
  leases: Readonly<Record<string, string>>,
  now: number,
): AuthorizationMessage {
  const auth: Authorization = {
    workerId: worker,
    authSlices: Object.fromEntries(Object.keys(leases).map((job) => [job, []])),
    schedulerId: { address: signer.address },
    jobCommissions: {},
    issued: Math.floor(now / 1000),
    leases,
  }
  return { owner: signer.address, signature: signer.sign(JSON.stringify(auth)), auth }
}

/** A token is refused after this time whatever its lease is, seconds. */
const ageMaxSeconds = 48 * 3600

/**
 * The lease that a request of an official worker is about.
 * @throws DcpError `EPERM` when the token is not ours, too old, or another worker's.
 */
export function authorizedLease(
  fields: Fields,
  job: string,
  worker: string,
  { signer, crypto, now }: { signer: Signer; crypto: Crypto; now: number },
): string {
  const message = fields.object('authorizationMessage')
  const auth = message.object('auth')
  const lease = auth.object('leases').optionalText(job)
  const isOurs = signedBy(message, JSON.stringify(auth.source), crypto) === signer.address
  const age = now / 1000 - auth.number('issued')
  if (!isOurs || age > ageMaxSeconds || auth.text('workerId') !== worker || lease === undefined) {
    throw notYourLease(fields.operation)
  }
  return lease
}

function signedBy(message: Fields, text: string, crypto: Crypto): string | undefined {
  try {
    return recoverSigner(text, parseSignature(message.source['signature']), crypto)
  } catch (error) {
    if (isDcpError(error)) return undefined
    throw error
  }
}
