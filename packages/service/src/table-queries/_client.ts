// Signs posts as clients do, and takes the answers apart. Column types are resolved as the official
// decoder does it: by their place among the objects of the document.
import { marshal, sealText, unmarshal } from '@manyhands/protocol'
import type { Marshalled, Signer } from '@manyhands/protocol'
import { createPureCrypto, createSigner } from '@manyhands/wallet'

export const crypto = createPureCrypto()

export function signerOf(n: number): Signer {
  return createSigner(new Uint8Array(32).fill(n), crypto)
}

export interface Answer {
  readonly success: boolean
  readonly error?: { readonly code: string; readonly message: string }
  readonly [member: string]: unknown
}

export interface PostOptions {
  readonly endpoint?: string
  readonly expiry?: number
  readonly spoil?: (text: string) => string
  /** As a field of a form, as older clients post. */
  readonly form?: boolean
}

/** Posts a signed body and checks what clients check of every answer. */
export async function post(
  url: string,
  signer: Signer,
  body: object,
  options: PostOptions = {},
): Promise<Answer> {
  const { endpoint = url, expiry = Math.floor(Date.now() / 1000) + 3600 } = options
  const sealed = sealText(signer, JSON.stringify({ expiry, endpoint, ...body }))
  const text = (options.spoil ?? String)(sealed)
  const response = await fetch(url, {
    method: 'POST',
    ...(options.form === true
      ? { body: new URLSearchParams({ signedMessage: text }) }
      : { body: text, headers: { 'content-type': 'application/json' } }),
  })
  if (response.status !== 200 || response.headers.get('content-type') !== 'application/json') {
    throw new Error(`answered with ${response.status} ${response.headers.get('content-type')}`)
  }
  return (await response.json()) as Answer
}

/** Asks a table; the method stands before the name of the table. */
export async function query(
  base: string,
  signer: Signer,
  method: string,
  what: object,
  options: object = {},
): Promise<Answer> {
  return post(base + method, signer, { queryKVINv9: marshal({ prototype: {}, ...what }), options })
}

/** The rows of an answer to select, or what an aggregate came to. */
export function rowsOf(answer: Answer): Record<string, unknown>[] {
  const header = valueOf(answer) as {
    rowCount: number
    firstRow: Record<string, unknown>
    remainingRows: Record<string, unknown>[]
  }
  return header.rowCount === 0 ? [] : [header.firstRow, ...header.remainingRows]
}

export function valueOf(answer: Answer): unknown {
  if (!answer.success) throw new Error(answer.error?.message)
  return unmarshal(answer['resultsHeaderKVIN'])
}

type Form = Readonly<Record<string, unknown>>

/** Decodes a schema to objects, those that are one object in the document being one object. */
export function schemaOf(answer: Answer): Record<string, Record<string, unknown>> {
  const seen: unknown[] = []
  function decode(form: unknown): unknown {
    const { ctr, ps, raw, seen: place } = form as Form
    if (place !== undefined) return seen[place as number]
    if (ctr === undefined) return raw
    const object: Record<string, unknown> = {}
    seen.push(object)
    for (const [key, member] of Object.entries(ps as Form)) object[key] = decode(member)
    return object
  }
  return decode((answer['schemaKVIN'] as Marshalled).what) as Record<
    string,
    Record<string, unknown>
  >
}
