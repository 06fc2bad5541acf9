/**
 * Writes message bodies, each value once. What is written here is what gets signed, so a queued
 * message is kept as text that lacks only what is known when it leaves.
 */
import type { Signature } from '@manyhands/protocol'

export interface RequestContent {
  readonly operation: string
  /** JSON text; absent when the operation has no argument. */
  readonly dataText: string | undefined
  readonly allow: readonly Grant[]
  readonly stamp: string
  readonly ttlSeconds: number
  readonly timeSeconds: number
}

export interface Grant {
  readonly resource: string
  readonly guardian: string
  readonly accessor: string
}

export function requestPayloadText(content: RequestContent): string {
  const data = content.dataText === undefined ? '' : `,"data":${content.dataText}`
  const validity = JSON.stringify({
    stamp: content.stamp,
    ttl: content.ttlSeconds,
    time: content.timeSeconds,
  })
  const allow = JSON.stringify(content.allow)
  return `{"operation":${JSON.stringify(content.operation)}${data},"allow":${allow},"validity":${validity}}`
}

/** A request without its end: `sentBody` adds what is known when it leaves. */
export function requestHead(
  id: string,
  payloadText: string,
  auth: Readonly<Record<string, Signature>> = {},
): string {
  return `{"id":"${id}","type":"request","payload":${payloadText},"auth":${JSON.stringify(auth)}`
}

export function responseHead(
  id: string,
  success: boolean,
  payloadText: string | undefined,
): string {
  const payload = payloadText === undefined ? '' : `,"payload":${payloadText}`
  return `{"id":${JSON.stringify(id)},"type":"response","success":${success}${payload},"auth":{}`
}

export function batchHead(id: string, members: readonly string[]): string {
  return `{"id":"${id}","type":"batch","payload":[${members.join()}],"auth":{}`
}

/** Adds session and time to a head, leaving the body open for token and nonce. */
export function openBody(head: string, dcpsid: string | undefined, timeSeconds: number): string {
  const session = dcpsid === undefined ? '' : `,"dcpsid":${JSON.stringify(dcpsid)}`
  return `${head}${session},"time":${timeSeconds}`
}

export function ackText(options: {
  readonly dcpsid: string | undefined
  readonly token: string
  readonly nonce: string
  readonly messageId: string
}): string {
  // Members that are undefined are left out, as the handshake's acks need it.
  return JSON.stringify({
    type: 'ack',
    dcpsid: options.dcpsid,
    token: options.token,
    nonce: options.nonce,
    messageId: options.messageId,
  })
}
