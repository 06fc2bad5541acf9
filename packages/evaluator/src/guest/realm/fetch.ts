/**
 * `fetch` for work functions. Nothing here can reach the network: a request is posted, whoever
 * supervises the sandbox decides about it, and the response is made again from what comes back.
 */
import { guestLimits } from '../limits.ts'
import type { FetchedOrder, FetchedResponse, FetchRequest, RealmReport } from '../messages.ts'
import { lazily } from './lazily.ts'

const { fetchBodyBytesMax, fetchesInFlightMax, fetchHeadersMax } = guestLimits
const bodyless = new Set([101, 103, 204, 205, 304])

interface Pending {
  readonly resolve: (response: Response) => void
  readonly reject: (reason: unknown) => void
}

export interface SliceFetch {
  readonly global: (input: unknown, init?: unknown) => Promise<Response>
  settle(order: FetchedOrder): void
  /** What still waits will never settle: its slice is over. */
  cancelAll(): void
}

export function createFetch(post: (report: RealmReport) => void): SliceFetch {
  const theHeaders = lazily('Headers')
  const theRequest = lazily('Request')
  const theResponse = lazily('Response')
  const { apply } = Reflect
  const pending = new Map<number, Pending>()
  let count = 0

  async function describe(request: Request): Promise<FetchRequest> {
    const { protocol } = new URL(request.url)
    if (protocol !== 'http:' && protocol !== 'https:') {
      throw new TypeError(`fetch: ${protocol} is not http or https`)
    }
    const headers = [...request.headers]
    if (headers.length > fetchHeadersMax) {
      throw new RangeError(`fetch: more than ${fetchHeadersMax} headers (fetchHeadersMax)`)
    }
    const read = theRequest().prototype.arrayBuffer
    const body =
      request.body === null ? null : new Uint8Array((await apply(read, request, [])) as ArrayBuffer)
    if (body !== null && body.byteLength > fetchBodyBytesMax) {
      throw new RangeError(`fetch: a body over ${fetchBodyBytesMax} bytes (fetchBodyBytesMax)`)
    }
    const { method, redirect, url } = request
    return {
      url,
      method,
      headers,
      body,
      mode: request.mode ?? 'cors',
      credentials: request.credentials ?? 'same-origin',
      redirect: redirect ?? 'follow',
    }
  }

  function respond({ body, headers, redirected, status, statusText, url }: FetchedResponse) {
    const made = new (theHeaders())()
    for (const [name, value] of headers) made.append(name, value)
    const content = bodyless.has(status) ? null : (body as BodyInit | null)
    const response = new (theResponse())(content, { status, statusText, headers: made })
    Object.defineProperty(response, 'url', { value: url })
    Object.defineProperty(response, 'redirected', { value: redirected })
    return response
  }

  function aborted(signal: AbortSignal): Promise<never> {
    return new Promise((_resolve, reject) => {
      const abort = (): void => reject(signal.reason as Error)
      if (signal.aborted) abort()
      else signal.addEventListener('abort', abort, { once: true })
    })
  }

  async function send(request: Request): Promise<Response> {
    const described = await describe(request)
    if (pending.size >= fetchesInFlightMax) {
      throw new RangeError(`fetch: ${fetchesInFlightMax} requests are waiting (fetchesInFlightMax)`)
    }
    const id = (count += 1)
    const response = new Promise<Response>((resolve, reject) => {
      pending.set(id, { resolve, reject })
    })
    post(['fetch', id, described])
    return response
  }

  return {
    async global(input, init) {
      const request = new (theRequest())(input as RequestInfo, init as RequestInit)
      return Promise.race([send(request), aborted(request.signal)])
    },
    settle(order) {
      const waiting = pending.get(order.id)
      pending.delete(order.id)
      if (waiting === undefined) return
      try {
        if ('response' in order) waiting.resolve(respond(order.response))
        else {
          const { code, message, name } = order.error
          const error = new TypeError(message)
          Object.defineProperty(error, 'name', { value: name, configurable: true })
          waiting.reject(code === undefined ? error : Object.assign(error, { code }))
        }
      } catch (thrown) {
        waiting.reject(thrown)
      }
    },
    cancelAll: () => pending.clear(),
  }
}
