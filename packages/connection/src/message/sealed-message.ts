/** Opens a sealed message: parsed, and its signature proven. What comes out was said by `owner`. */
import { type Address, DcpError, parseSealed } from '@manyhands/protocol'
import { type Crypto, recoverSigner } from '@manyhands/wallet'

export interface OpenedMessage {
  readonly owner: Address
  readonly bodyText: string
  readonly body: unknown
}

/** Throws EINVAL for a text that is malformed or not signed by the owner it names. */
export function openSealed(text: string, crypto: Crypto): OpenedMessage {
  let sealed
  try {
    sealed = parseSealed(text)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new DcpError('EINVAL', `malformed message: ${reason}`, { cause })
  }
  const { owner, signature, bodyText, body } = sealed
  const signer = recoverSigner(bodyText, signature, crypto)
  if (signer === undefined || signer.toLowerCase() !== owner.toLowerCase()) {
    throw new DcpError('EINVAL', 'the signature of the message is not by its "owner"')
  }
  return { owner: signer, bodyText, body }
}
