/**
 * Requests that prove possession of further keys (wire-protocol §10): `allow` names who may act on a
 * resource for whom, and the resource's key signs the payload exactly as it is sent.
 */
import {
  type Address,
  DcpError,
  isDcpError,
  parseSignature,
  type Signature,
  type Signer,
} from '@manyhands/protocol'
import { type Crypto, recoverSigner } from '@manyhands/wallet'

import { limits } from '../limits.ts'
import { isObject } from '../session/bodies.ts'
import type { Grant } from '../session/body-text.ts'
import type { ReceivedRequest } from '../session/session.ts'

interface Parties {
  /** The service that is asked to act. */
  readonly guardian: Address
  /** The peer for whom it acts. */
  readonly accessor: Address
}

/** True when the request proves that `resource` allows the guardian to act on it for the accessor. */
export function isAuthorized(
  request: Pick<ReceivedRequest, 'payload' | 'auth' | 'payloadText'>,
  resource: Address,
  { guardian, accessor, crypto }: Parties & { readonly crypto: Crypto },
): boolean {
  // The envelope's signature has proven the peer's own key.
  if (isSame(resource, accessor)) return true
  const { allow } = request.payload
  if (!Array.isArray(allow) || allow.length > limits.grants) return false
  const granted = allow.some(
    (grant: unknown) =>
      isObject(grant) &&
      isSame(grant['resource'], resource) &&
      isSame(grant['guardian'], guardian) &&
      isSame(grant['accessor'], accessor),
  )
  const signature = granted ? signatureOf(request.auth, resource) : undefined
  return (
    signature !== undefined && recoverSigner(request.payloadText(), signature, crypto) === resource
  )
}

/** Grants and signatures for one's own request; `payloadText` is what will be sent. */
export function grantsFor(signers: readonly Signer[], parties: Parties): Grant[] {
  if (signers.length > limits.grants) {
    throw new DcpError('EBADARG', `a request has at most ${limits.grants} grants`)
  }
  return signers.map(({ address }) => ({ resource: address, ...parties }))
}

export function signaturesFor(
  signers: readonly Signer[],
  payloadText: string,
): Readonly<Record<string, Signature>> {
  return Object.fromEntries(signers.map((signer) => [signer.address, signer.sign(payloadText)]))
}

function signatureOf(auth: object, resource: Address): Signature | undefined {
  for (const [address, value] of Object.entries(auth)) {
    if (!isSame(address, resource)) continue
    try {
      return parseSignature(value)
    } catch (error) {
      if (!isDcpError(error)) throw error
      return undefined
    }
  }
  return undefined
}

/** Grants may hold any text in place of an address (§17 item 1): it is compared, never parsed. */
function isSame(value: unknown, address: Address): boolean {
  return typeof value === 'string' && value.toLowerCase() === address.toLowerCase()
}
