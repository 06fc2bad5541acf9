/** One request and its response over a connection to an address that was decided before. */
import { request as requestHttp, type IncomingMessage } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { LookupFunction } from 'node:net'
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, type BrotliOptions, type ZlibOptions } from 'node:zlib'

import { DcpError } from '@manyhands/protocol'

import { fetchResponseBytesMax } from '../../limits.ts'
import type { ResolvedHost } from './resolve.ts'

export interface ExchangeRequest {
  readonly method: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Uint8Array | undefined
}

export interface ExchangeResponse {
  readonly status: number
  readonly statusText: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Uint8Array
}

/** Ours to say, not the work function's; and nothing that speaks for the owner of this machine. */
const forbidden =
  /^(accept-charset|accept-encoding|access-control-.*|connection|content-length|cookie2?|date|dnt|expect|host|keep-alive|origin|proxy-.*|referer|sec-.*|set-cookie|te|trailer|transfer-encoding|upgrade|via)$/i
const hidden = /^(set-cookie2?|connection|keep-alive|transfer-encoding|content-encoding)$/i

function tooBig(): DcpError {
  return new DcpError('ETOOBIG', `a response of over ${fetchResponseBytesMax} bytes`)
}

function send(
  url: URL,
  { address, family }: ResolvedHost,
  { body, headers, method }: ExchangeRequest,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const lookup: LookupFunction = (_host, { all }, callback) => {
    if (all === true) callback(null, [{ address, family }])
    else callback(null, address, family)
  }
  const own = headers.filter(([name]) => !forbidden.test(name))
  const make = url.protocol === 'https:' ? requestHttps : requestHttp
  return new Promise((resolve, reject) => {
    const request = make(url, {
      method,
      // Text alone: a compressed response could be far larger than what travels.
      headers: { ...Object.fromEntries(own), 'accept-encoding': 'identity' },
      agent: false,
      lookup,
      signal,
    })
    request.once('error', reject)
    request.once('response', resolve)
    request.end(body)
  })
}

async function readBody(response: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of response as AsyncIterable<Buffer>) {
    length += part.byteLength
    if (length > fetchResponseBytesMax) throw tooBig()
    parts.push(part)
  }
  return Buffer.concat(parts, length)
}

const gzip = promisify<Buffer, ZlibOptions, Buffer>(gunzip)
const decoders = {
  gzip,
  'x-gzip': gzip,
  deflate: promisify<Buffer, ZlibOptions, Buffer>(inflate),
  br: promisify<Buffer, BrotliOptions, Buffer>(brotliDecompress),
}

/** Some servers compress although they were asked not to. */
async function decompress(body: Buffer, encoding: string | undefined): Promise<Buffer> {
  if (encoding === undefined || encoding === 'identity' || body.byteLength === 0) return body
  const decoder = Object.entries(decoders).find(([name]) => name === encoding.toLowerCase())?.[1]
  if (decoder === undefined) throw new DcpError('EFETCH', `the encoding ${encoding} is not known`)
  try {
    return await decoder(body, { maxOutputLength: fetchResponseBytesMax })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooBig()
    throw new DcpError('EFETCH', 'the response cannot be decompressed', { cause })
  }
}

function headersOf({ rawHeaders }: IncomingMessage): (readonly [string, string])[] {
  const headers: (readonly [string, string])[] = []
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    if (!hidden.test(name)) headers.push([name.toLowerCase(), rawHeaders[index + 1] ?? ''])
  }
  return headers
}

/** @throws DcpError `EFETCH` when there is no response, `ETOOBIG` when there is too much of it. */
export async function exchange(
  url: URL,
  host: ResolvedHost,
  request: ExchangeRequest,
  signal: AbortSignal,
): Promise<ExchangeResponse> {
  try {
    const response = await send(url, host, request, signal)
    const body = await readBody(response)
    return {
      status: response.statusCode ?? 0,
      statusText: response.statusMessage ?? '',
      headers: headersOf(response),
      body: await decompress(body, response.headers['content-encoding']),
    }
  } catch (cause) {
    if (cause instanceof DcpError) throw cause
    const { message } = cause as Error
    throw new DcpError('EFETCH', `${url.origin} cannot be reached: ${message}`, { cause })
  }
}
