/** Requests that need nobody's authorization: the built-in ones, and what a server asks its clients. */
import { type Random, writeJson } from '@manyhands/protocol'

import { times } from '../limits.ts'
import { requestHead, requestPayloadText } from './body-text.ts'

export interface RequestSource {
  readonly random: Random
  /** Seconds since 1970. */
  readonly now: () => number
  readonly nextId: () => string
}

/** Throws TypeError when `data` has no JSON text. */
export function plainRequest(
  operation: string,
  data: unknown,
  { random, now, nextId }: RequestSource,
): { readonly id: string; readonly head: string } {
  const id = nextId()
  const payload = requestPayloadText({
    operation,
    dataText: writeJson(data),
    allow: [],
    stamp: random.token(21),
    ttlSeconds: times.ttlDefault / 1000,
    timeSeconds: now(),
  })
  return { id, head: requestHead(id, payload) }
}
