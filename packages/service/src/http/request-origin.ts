/**
 * The origin by which a client reached us, so that what we answer leads it back the same way. A Host
 * header is a stranger's text: it leads nobody astray but who sent it, and nothing keeps it. What is
 * signed for us is another matter, and is told apart here.
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

/** True for an address that stands for all addresses of a machine. */
export function isWildcard(host: string): boolean {
  return wildcards.has(host)
}

/** The origin of an address, a name, or a wildcard, which is reached by the loopback interface. */
export function originOf(host: string, port: number): string {
  const name = isWildcard(host) ? '127.0.0.1' : host
  return new URL(`http://${name.includes(':') ? `[${name}]` : name}:${port}`).origin
}

/** The origin for whoever names none, or one that is not ours. */
export function ownOrigin({ host, port, publicOrigin }: ServerAddress): string {
  return publicOrigin === undefined ? originOf(host, port) : new URL(publicOrigin).origin
}

interface Named {
  readonly origin: string
  /** Without brackets. */
  readonly name: string
}

/** What a Host header names; undefined when it is none. */
export function readHost(header: string | undefined): Named | undefined {
  const pattern = /^[\w.-]+(:\d{1,5})?$|^\[[0-9a-f:.]+\](:\d{1,5})?$/i
  if (header === undefined || !pattern.test(header)) return undefined
  if (!URL.canParse(`http://${header}/`)) return undefined
  const { origin, hostname } = new URL(`http://${header}/`)
  return { origin, name: hostname.replace(/^\[|\]$/g, '') }
}

/** The names of a machine that listens everywhere are not known to it, unless somebody says one. */
function leadsHere(name: string, { host, publicOrigin }: ServerAddress): boolean {
  if (name === host) return true
  if (isLoopback(host)) return isLoopback(name)
  if (!isWildcard(host)) return false
  return publicOrigin === undefined || isLoopback(name) || isIP(name) !== 0
}

/**
 * The origin by which somebody came who goes on the same way, past the public name if need be. The
 * port may differ from ours: a container's door may have another number outside.
 */
export function requestOrigin(hostHeader: string | undefined, address: ServerAddress): string {
  const named = readHost(hostHeader)
  return named !== undefined && leadsHere(named.name, address) ? named.origin : ownOrigin(address)
}

/** The origin that documents name: the public one, whatever a proxy makes of the Host header. */
export function publishedOrigin(hostHeader: string | undefined, address: ServerAddress): string {
  return address.publicOrigin === undefined
    ? requestOrigin(hostHeader, address)
    : ownOrigin(address)
}

/**
 * The origin that must be named by what is signed for us. One that any computer may be known by does
 * not count: who got a message signed for that one could bring it here, with a fitting Host header.
 * So a server that listens everywhere answers to the address where the connection came in, alone.
 */
export function signedOrigin(
  hostHeader: string | undefined,
  address: ServerAddress,
  localAddress: string,
): string {
  if (address.publicOrigin !== undefined) return ownOrigin(address)
  if (!isWildcard(address.host)) return requestOrigin(hostHeader, address)
  const named = readHost(hostHeader)
  const isHere =
    named?.name === localAddress || (isLoopback(named?.name ?? '') && isLoopback(localAddress))
  return named !== undefined && isHere ? named.origin : originOf(localAddress, address.port)
}
