/**
 * The origin a client reached us by, so that what we answer leads it back the same way. The Host header
 * is a stranger's text: it counts only where it names an address we listen on.
 */
import { isIP } from 'node:net'

/** Where a server listens, and under which name the world knows it. */
export interface ServerAddress {
  /** The address it is bound to. */
  readonly host: string
  readonly port: number
  /** Set where a proxy or a name stands before it: an origin without a path. */
  readonly publicOrigin?: string
}

const wildcards = new Set(['0.0.0.0', '::'])

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

function withBrackets(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

/** The origin for whoever names none, or one that is not ours. */
export function ownOrigin({ host, port, publicOrigin }: ServerAddress): string {
  if (publicOrigin !== undefined) return new URL(publicOrigin).origin
  const name = wildcards.has(host) ? 'localhost' : withBrackets(host)
  return new URL(`http://${name}:${port}`).origin
}

/** A name a page of a stranger could make point here counts only when it is bound by that name. */
function isOurs(name: string, bound: string): boolean {
  if (name === bound) return true
  if (isLoopback(bound)) return isLoopback(name)
  return wildcards.has(bound) && (isLoopback(name) || isIP(name) !== 0)
}

/** The port may differ from ours: a container's door may have another number outside. */
export function requestOrigin(hostHeader: string | undefined, address: ServerAddress): string {
  const own = ownOrigin(address)
  if (
    hostHeader === undefined ||
    !/^[\w.-]+(:\d{1,5})?$|^\[[0-9a-f:.]+\](:\d{1,5})?$/i.test(hostHeader)
  ) {
    return own
  }
  if (!URL.canParse(`http://${hostHeader}/`)) return own
  const { origin, hostname } = new URL(`http://${hostHeader}/`)
  const name = hostname.replace(/^\[|\]$/g, '')
  return isOurs(name, address.host) ? origin : own
}
