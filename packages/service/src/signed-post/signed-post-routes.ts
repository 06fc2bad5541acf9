/**
 * Answers signed posts. Programs we did not write want status 200 for every answer, refusals
 * included, and the content type `application/json` to the letter.
 */
import { isDcpError } from '@manyhands/protocol'
import type { Clock, Logger, Random } from '@manyhands/protocol'
import type { Crypto } from '@manyhands/wallet'

import { jsonResponse } from '../http/http-route.ts'
import type { HttpRequest, HttpResponse, Route } from '../http/http-route.ts'
import { openSignedPost } from './signed-post.ts'
import type { SignedPost } from './signed-post.ts'

/** What it returns is answered beside `success: true`; a DcpError it throws is the refusal. */
export type SignedPostHandler = (
  post: SignedPost,
) => Promise<Readonly<Record<string, unknown>>> | Readonly<Record<string, unknown>>

export interface SignedPostOptions {
  /** The directory of the methods; begins and ends in `/`. */
  readonly path: string
  readonly methods: Readonly<Record<string, SignedPostHandler>>
  /** Bytes of one post. */
  readonly bodyBytes: number
}

export interface SignedPostDeps {
  readonly crypto: Crypto
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

const correlationChars = 12

/** One route for each method, and `time`, by which clients correct their idea of the expiry. */
export function signedPostRoutes(options: SignedPostOptions, deps: SignedPostDeps): Route[] {
  const { path, methods, bodyBytes } = options
  const time: Route = {
    path: `${path}time`,
    anyOrigin: true,
    handle: () => jsonResponse({ success: true, now: deps.clock.now() }),
  }
  const posts = Object.entries(methods).map(([method, handle]): Route => ({
    path: path + method,
    methods: ['POST'],
    anyOrigin: true,
    async handle(request) {
      try {
        const text = await bodyText(request, bodyBytes)
        const post = openSignedPost(text, request.signedOrigin + request.path, deps)
        return jsonResponse({ success: true, ...(await handle(post)) })
      } catch (error) {
        return refusal(error, request, deps)
      }
    },
  }))
  return [time, ...posts]
}

/** Newer clients post the sealed text itself, older ones a form whose only field holds it. */
async function bodyText(request: HttpRequest, bodyBytes: number): Promise<string> {
  const text = new TextDecoder().decode(await request.body(bodyBytes))
  const type = request.headers['content-type'] ?? ''
  if (!type.startsWith('application/x-www-form-urlencoded')) return text
  return new URLSearchParams(text).get('signedMessage') ?? ''
}

/** Clients lose the code and show the message, so the message says it all. */
function refusal(error: unknown, { path }: HttpRequest, deps: SignedPostDeps): HttpResponse {
  if (isDcpError(error)) {
    const { name, code, message } = error
    // Older clients print the stack in place of the message.
    const stack = `${name}: ${message}`
    return jsonResponse({ success: false, error: { name, code, message, stack } })
  }
  const correlationId = deps.random.token(correlationChars)
  deps.logger.error('a signed post failed', { path, correlationId, error })
  const message = `internal error, quote ${correlationId} when reporting it`
  const stack = `Error: ${message}`
  return jsonResponse({
    success: false,
    error: { name: 'Error', code: 'INTERNAL', message, stack },
  })
}
