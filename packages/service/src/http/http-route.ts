/** What a daemon answers over HTTP: a list of routes, each a path and a function. */
import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'

export interface HttpRequest {
  readonly method: string
  /** Decoded by nobody: percent signs are still there. */
  readonly path: string
  /** What follows the route's path; empty for an exact route. */
  readonly rest: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  /** The origin at which the client reaches us, without a slash at its end: what documents name. */
  readonly origin: string
  /** The origin that must be named by what is signed for us: one that nobody else can be known by. */
  readonly signedOrigin: string
  /** False when in doubt, and for what a proxy on this machine passes on. */
  readonly isFromThisMachine: boolean
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal
  /** The whole body. Throws ETOOBIG past `maxBytes`, 1 MiB when missing. */
  body(maxBytes?: number): Promise<Uint8Array>
}

export interface HttpResponse {
  /** 200 when missing. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Nothing when missing. A stream is destroyed when the client goes away. */
  readonly body?: string | Uint8Array | Readable
}

export interface Route {
  /** A whole path, or, ending in `/*`, all that begin so. The longest fitting one answers. */
  readonly path: string
  /** GET, which answers HEAD too, when missing. */
  readonly methods?: readonly ('GET' | 'POST' | 'PUT' | 'DELETE')[]
  /** True: pages of any origin may read the answer. */
  readonly anyOrigin?: boolean
  handle(request: HttpRequest): HttpResponse | Promise<HttpResponse>
}

/** JSON with exactly the content type that official clients compare with. */
export function jsonResponse(value: unknown, status = 200): HttpResponse {
  return {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: JSON.stringify(value),
  }
}

export interface FoundRoute {
  readonly route: Route
  readonly rest: string
}

/** Exact paths first, then the longest beginning. Throws for two routes of one path. */
export function routeTable(routes: readonly Route[]): (path: string) => FoundRoute | undefined {
  const exact = new Map<string, Route>()
  const beginnings: { readonly start: string; readonly route: Route }[] = []
  for (const route of routes) {
    if (exact.has(route.path)) throw new Error(`two routes for ${route.path}`)
    exact.set(route.path, route)
    if (route.path.endsWith('/*')) beginnings.push({ start: route.path.slice(0, -1), route })
  }
  beginnings.sort((a, b) => b.start.length - a.start.length)
  return (path) => {
    const whole = path.endsWith('/*') ? undefined : exact.get(path)
    if (whole !== undefined) return { route: whole, rest: '' }
    const found = beginnings.find(({ start }) => path.startsWith(start))
    return found && { route: found.route, rest: path.slice(found.start.length) }
  }
}
