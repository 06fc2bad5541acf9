/**
 * Signed posts (wire-protocol §14.2): a sealed message in an HTTP body, whose signed part names the
 * URL it is for and the second until which it counts. Who signed is who asks.
 */
import { DcpError, isDcpError, parseSealed } from '@manyhands/protocol'
import type { Address, Clock } from '@manyhands/protocol'
import { parseAddress, recoverSigner } from '@manyhands/wallet'
import type { Crypto } from '@manyhands/wallet'

/** How far ahead a post may say that it still counts, seconds. */
const expiryMaxSeconds = 86_400

export interface SignedPost {
  /** Whose key signed it. */
  readonly signer: Address
  /** What was signed, as parsed from the very text that was signed. */
  readonly body: Readonly<Record<string, unknown>>
  /** Milliseconds since 1970. */
  readonly expires: number
}

export interface SignedText {
  readonly signer: Address
  readonly body: Readonly<Record<string, unknown>>
}

/**
 * Opens a sealed text: a post's, or one inside another.
 * @throws DcpError `EFORMAT`, `EBADSIG`.
 */
export function openSealedText(text: string, crypto: Crypto): SignedText {
  const { owner, signature, bodyText, body } = parseSealed(text)
  const signer = recoverSigner(bodyText, signature, crypto)
  if (signer === undefined || signer !== readAddress(owner, crypto)) {
    throw new DcpError('EBADSIG', `the message is not signed by the key of ${owner.slice(0, 80)}`)
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new DcpError('EFORMAT', 'the body of a signed message must be an object')
  }
  return { signer, body: body as SignedText['body'] }
}

function readAddress(owner: string, crypto: Crypto): Address | undefined {
  try {
    return parseAddress(owner.startsWith('0x') ? owner : `0x${owner}`, crypto)
  } catch (error) {
    if (!isDcpError(error)) throw error
    return undefined
  }
}

/**
 * Opens a post that came to a URL.
 * @throws DcpError `EFORMAT`, `EBADSIG`, `EINVAL` when it is for another URL, `EEXPIRED`.
 */
export function openSignedPost(
  text: string,
  url: string,
  { crypto, clock }: { readonly crypto: Crypto; readonly clock: Pick<Clock, 'now'> },
): SignedPost {
  const { signer, body } = openSealedText(text, crypto)
  const { endpoint, expiry } = body
  if (typeof endpoint !== 'string' || !URL.canParse(endpoint) || new URL(endpoint).href !== url) {
    throw new DcpError(
      'EINVAL',
      `"endpoint" must be ${url}, which is how this computer knows itself: post it there, or have ` +
        'the computer started with --public-url and the name it should have',
    )
  }
  if (typeof expiry !== 'number' || !Number.isSafeInteger(expiry)) {
    throw new DcpError('EINVAL', '"expiry" must be whole seconds since 1970')
  }
  const seconds = clock.now() / 1000
  if (expiry < seconds) throw new DcpError('EEXPIRED', 'this post is older than its "expiry"')
  if (expiry > seconds + expiryMaxSeconds) {
    throw new DcpError('EEXPIRED', `"expiry" must be at most ${expiryMaxSeconds} s ahead`)
  }
  return { signer, body, expires: expiry * 1000 }
}
