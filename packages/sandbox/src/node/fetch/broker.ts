/**
 * Carries out what work functions fetch, for the supervisor: every hop of a redirect is checked
 * against the allowed origins, its name is resolved once, and the connection goes to that address.
 */
import { DcpError } from '@manyhands/protocol'

import { fetchMs, fetchRedirectsMax } from '../../limits.ts'
import { type OriginPolicy, type OriginPurpose } from '../../origins.ts'
import type { GuestFetch, GuestRequest, GuestResponse } from '../../sandbox.ts'
import { createAddressList } from './addresses.ts'
import { exchange, type ExchangeRequest } from './exchange.ts'
import { lookupAll, resolveHost, type LookupAll } from './resolve.ts'

const redirects = new Set([301, 302, 303, 307, 308])
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

export interface FetchBrokerOptions {
  readonly policy: OriginPolicy
  /** `workerFetch` unless told otherwise. */
  readonly purpose?: OriginPurpose
  readonly lookUp?: LookupAll
}

function parseUrl(text: string, base?: URL): URL {
  const url = URL.canParse(text, base?.href) ? new URL(text, base) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new DcpError('EPERM_ORIGIN', `Not allowed to fetch from '${text.slice(0, 256)}'`)
  }
  url.hash = ''
  return url
}

/** The request that follows a redirect: a body is not sent where it was not meant to go. */
function redirected(request: ExchangeRequest, status: number, from: URL, to: URL): ExchangeRequest {
  const { body, headers, method } = request
  const drops = status === 303 ? method !== 'HEAD' : method === 'POST' && status < 303
  const kept = headers.filter(([name]) => {
    if (drops && /^content-/i.test(name)) return false
    return from.origin === to.origin || !/^authorization$/i.test(name)
  })
  return drops ? { method: 'GET', headers: kept, body: undefined } : { method, headers: kept, body }
}

/** Makes the `fetch` of an assignment from what its worker allows. */
export function createFetchBroker(options: FetchBrokerOptions): GuestFetch {
  const { lookUp = lookupAll, policy, purpose = 'workerFetch' } = options
  const isListed = createAddressList(policy.blocks(purpose))

  function assertAllowed(url: URL): void {
    if (policy.allows(url, purpose)) return
    throw new DcpError('EPERM_ORIGIN', `Not allowed to fetch from '${url.href}'`)
  }

  async function follow(first: GuestRequest, signal: AbortSignal): Promise<GuestResponse> {
    let url = parseUrl(first.url)
    const method = first.method.toUpperCase()
    if (!methods.has(method)) throw new DcpError('EFETCH', `the method ${method} is not offered`)
    let request: ExchangeRequest = { method, headers: first.headers, body: first.body }
    for (let hops = 0; hops <= fetchRedirectsMax; hops += 1) {
      assertAllowed(url)
      const host = await resolveHost(url, isListed, lookUp)
      const response = await exchange(url, host, request, signal)
      const target = response.headers.find(([name]) => name === 'location')?.[1]
      if (first.redirect === 'manual' || !redirects.has(response.status) || target === undefined) {
        return { url: url.href, redirected: hops > 0, ...response }
      }
      if (first.redirect === 'error') {
        throw new DcpError('EFETCH', `${url.href} redirects, and the request forbids it`)
      }
      const next = parseUrl(target, url)
      request = redirected(request, response.status, url, next)
      url = next
    }
    throw new DcpError('EFETCH', `more than ${fetchRedirectsMax} redirects (fetchRedirectsMax)`)
  }

  return (request, signal) =>
    follow(request, AbortSignal.any([signal, AbortSignal.timeout(fetchMs)]))
}
