/** Reads a request for a proxy key: who asks, for which rights, and who grants each of them. */
import { DcpError, grantedRight, newProxy, parseRequest, proxyRight } from '@manyhands/protocol'
import type { Address, NewProxy, ProxyRight } from '@manyhands/protocol'
import { openSealedText } from '@manyhands/service'
import type { SignedPost } from '@manyhands/service'
import { parseAddress } from '@manyhands/wallet'
import type { Crypto } from '@manyhands/wallet'

import { expireSecondsDefault } from '../limits.ts'
import type { Replacement, Wish } from '../proxy-keys/mint.ts'

export interface ProxyRequest {
  readonly messageId: string
  readonly label: string
  readonly passphrase: string
  readonly wishes: readonly Wish[]
  readonly replacements: readonly Replacement[]
}

/** A message names its signer, so that nobody uses up another's names. */
export function assertOwnMessage(messageId: string, signer: Address): void {
  if (messageId.toLowerCase().startsWith(`${signer.toLowerCase()}-`)) return
  throw new DcpError('EBADARG', `"messageId" must begin with the signer's address and "-"`)
}

/** @throws DcpError `EBADARG`, `EBADSIG`, `EPERM`, `EEXPIRED`. */
export function readProxyRequest(post: SignedPost, crypto: Crypto, now: number): ProxyRequest {
  const data = parseRequest(newProxy, post.body, 'new-px')
  assertOwnMessage(data.messageId, post.signer)
  const expires = expiryOf(data, now)
  const wishes: Wish[] = []
  const replacements: Replacement[] = []
  const by = { signer: post.signer, messageId: data.messageId }
  for (const component of data.pxRequest) {
    const { right, grantor } = readComponent(component, post, { crypto, ...data })
    const { operation, related = null, amount = null, uses = null, replaceId } = right
    if (replaceId === undefined) {
      const until = expires ?? now + expireSecondsDefault * 1000
      wishes.push({ operation, related, amount, uses, expires: until, grantor })
    } else replacements.push({ ...by, id: replaceId, change: changeOf(right), expires })
  }
  const { messageId, label = '', passphrase = '' } = data
  return { messageId, label, passphrase, wishes, replacements }
}

function expiryOf({ pxExpireDate, pxExpireSeconds }: NewProxy, now: number): number | undefined {
  if (pxExpireDate === undefined && pxExpireSeconds === undefined) return undefined
  const expires = Math.floor(pxExpireDate ?? now + (pxExpireSeconds ?? 0) * 1000)
  if (expires <= now) throw new DcpError('EEXPIRED', 'the key would have expired already')
  if (Number.isSafeInteger(expires)) return expires
  throw new DcpError('EBADARG', 'new-px: the key must expire within the calendar')
}

function changeOf({ related, amount, uses }: ProxyRight): Replacement['change'] {
  return {
    ...(related === undefined ? {} : { related }),
    ...(amount === undefined ? {} : { amount }),
    ...(uses === undefined ? {} : { uses }),
  }
}

interface Component {
  readonly right: ProxyRight
  readonly grantor: Address
}

/** A right of the signer's, or one that another key grants in a message inside this one. */
function readComponent(
  component: unknown,
  { signer }: SignedPost,
  { crypto, messageId }: { readonly crypto: Crypto; readonly messageId: string },
): Component {
  const sealed = sealedTextOf(component)
  if (sealed === undefined) {
    const right = parseRequest(proxyRight, component, 'new-px')
    if (right.auth === undefined || sameAddress(right.auth, signer, crypto)) {
      return { right, grantor: signer }
    }
    throw new DcpError('EPERM', `the key ${right.auth} must sign for the right ${right.operation}`)
  }
  const inner = openSealedText(sealed, crypto)
  const granted = parseRequest(grantedRight, inner.body, 'new-px')
  const { pxRequestComponent: right, parentMessageId } = granted
  if (parentMessageId !== messageId) {
    throw new DcpError('EPERM', `the right ${right.operation} was granted to another request`)
  }
  if (right.auth !== undefined && !sameAddress(right.auth, inner.signer, crypto)) {
    throw new DcpError('EPERM', `the right ${right.operation} is not signed by ${right.auth}`)
  }
  return { right, grantor: inner.signer }
}

/** Official clients put the text of the message there; its object does as well. */
export function sealedTextOf(component: unknown): string | undefined {
  if (typeof component === 'string') return component
  const isSealed = typeof component === 'object' && component !== null && 'signature' in component
  return isSealed ? JSON.stringify(component) : undefined
}

function sameAddress(text: string, address: Address, crypto: Crypto): boolean {
  return parseAddress(text.startsWith('0x') ? text : `0x${text}`, crypto) === address
}
