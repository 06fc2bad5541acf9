/** What the two messages of the handshake must say (wire-protocol §6). */
import { DcpError } from '@manyhands/protocol'

import { acceptedVersions, acceptsVersion, protocolVersion } from '../message/version.ts'
import {
  type Envelope,
  isObject,
  type JsonObject,
  type Member,
  type ResponseMember,
} from './bodies.ts'

export type ConnectAnswer =
  | { readonly success: true; readonly payload: JsonObject }
  | { readonly success: false; readonly payload: JsonObject; readonly reason: DcpError }

/** The target's answer to a `connect` request. */
export function answerConnect({ body }: Envelope): ConnectAnswer {
  const payload = isObject(body['payload']) ? body['payload'] : {}
  const version = isObject(payload['data']) ? payload['data']['version'] : undefined
  if (acceptsVersion(version)) {
    return { success: true, payload: { version: protocolVersion, operation: 'connect' } }
  }
  return {
    success: false,
    payload: { message: acceptedVersions, code: 'EVERSION', name: 'DCPError' },
    reason: new DcpError('EVERSION', `the peer speaks another version than ${acceptedVersions}`),
  }
}

/**
 * The session id in the response to our `connect`.
 * Throws EVERSION or EINVAL when the server refused, EDCPSID when the id is not made from ours.
 */
export function sessionIdFrom(
  members: readonly Member[],
  body: JsonObject,
  ours: { readonly id: string | undefined; readonly sid: string | undefined },
): { readonly dcpsid: string; readonly response: ResponseMember } {
  const [response] = members
  if (response?.type !== 'response' || response.id !== ours.id) {
    throw new DcpError('EINVAL', 'only the response to connect may come first')
  }
  const told = isObject(response.payload) ? response.payload : {}
  if (!response.success) {
    const code = told['code'] === 'EVERSION' ? 'EVERSION' : 'EINVAL'
    throw new DcpError(code, `the server refused the connection: ${String(told['message'])}`)
  }
  if (!acceptsVersion(told['version'])) {
    throw new DcpError(
      'EVERSION',
      `the server speaks ${String(told['version'])}, this side ${acceptedVersions}`,
    )
  }
  const { dcpsid } = body
  if (typeof dcpsid !== 'string' || ours.sid === undefined || !dcpsid.startsWith(ours.sid)) {
    throw new DcpError('EDCPSID', 'the session id does not begin with what this side sent')
  }
  return { dcpsid, response }
}
