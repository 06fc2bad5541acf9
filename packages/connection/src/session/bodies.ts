/** The shapes of received message bodies (wire-protocol §5), checked as far as the session needs them. */
import { DcpError } from '@manyhands/protocol'

import { limits } from '../limits.ts'

export type JsonObject = Readonly<Record<string, unknown>>

export interface Ack {
  readonly type: 'ack'
  readonly dcpsid: string | undefined
  readonly token: string
  readonly nonce: string
}

/** An outermost message that is to be acknowledged. */
export interface Envelope {
  readonly type: 'message'
  readonly id: string
  readonly dcpsid: string | undefined
  readonly ackToken: string
  readonly nonce: string | null
  readonly body: JsonObject
}

export interface RequestMember {
  readonly type: 'request'
  readonly id: string
  readonly payload: unknown
  readonly auth: unknown
}

export interface ResponseMember {
  readonly type: 'response'
  readonly id: string
  readonly success: boolean
  readonly payload: unknown
  readonly time: unknown
}

export type Member = RequestMember | ResponseMember | { readonly type: 'notification' }

/** Throws EINVAL naming the member that is wrong. */
export function parseBody(body: unknown): Ack | Envelope {
  if (!isObject(body)) throw new DcpError('EINVAL', 'a message body must be an object')
  const dcpsid = body['dcpsid'] === undefined ? undefined : token(body, 'dcpsid')
  if (body['type'] === 'ack') {
    return { type: 'ack', dcpsid, token: token(body, 'token'), nonce: token(body, 'nonce') }
  }
  return {
    type: 'message',
    id: token(body, 'id'),
    dcpsid,
    ackToken: token(body, 'ackToken'),
    nonce: body['nonce'] === null ? null : token(body, 'nonce'),
    body,
  }
}

/** The members of a message in order: itself, or what its batch holds. Throws EINVAL. */
export function membersOf(body: JsonObject): Member[] {
  if (body['type'] !== 'batch') return [parseMember(body)]
  const payload = body['payload']
  if (!Array.isArray(payload) || payload.length === 0) {
    throw new DcpError('EINVAL', '"payload" of a batch must be an array that is not empty')
  }
  if (payload.length > limits.batchMembers) {
    throw new DcpError('EINVAL', `a batch has at most ${limits.batchMembers} members`, {
      details: { limit: limits.batchMembers, members: payload.length },
    })
  }
  return payload.map(parseMember)
}

function parseMember(value: unknown): Member {
  if (!isObject(value)) throw new DcpError('EINVAL', 'a member of a batch must be an object')
  switch (value['type']) {
    case 'request':
      return {
        type: 'request',
        id: token(value, 'id'),
        payload: value['payload'],
        auth: value['auth'],
      }
    case 'response': {
      const success = value['success']
      if (typeof success !== 'boolean') {
        throw new DcpError('EINVAL', 'malformed response: "success" must be true or false')
      }
      const payload = withoutJsonData(value['payload'])
      return { type: 'response', id: token(value, 'id'), success, payload, time: value['time'] }
    }
    case 'notification':
      return { type: 'notification' }
    case 'batch':
      throw new DcpError('EINVAL', 'a batch cannot hold a batch')
    default:
      throw new DcpError(
        'EINVAL',
        '"type" of a message must be request, response, notification, batch or ack',
      )
  }
}

/** Undoes what official senders do to a `data` member inside batches (wire-protocol §5.3, §5.4). */
export function withoutJsonData(payload: unknown): unknown {
  if (!isObject(payload) || typeof payload['jsonData'] !== 'string') return payload
  const { jsonData, ...rest } = payload
  try {
    return { ...rest, data: JSON.parse(String(jsonData)) as unknown }
  } catch (cause) {
    throw new DcpError('EINVAL', '"jsonData" must hold JSON text', { cause })
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function token(body: JsonObject, name: string): string {
  const value = body[name]
  if (typeof value === 'string' && value !== '' && value.length <= limits.tokenLength) return value
  throw new DcpError(
    'EINVAL',
    `"${name}" of a message must be a string of 1 to ${limits.tokenLength} characters`,
  )
}
