/**
 * Whether a request was made on this machine, for what strangers are not told. When in doubt it was
 * not: a proxy beside us connects from here, too.
 */
import type { IncomingHttpHeaders } from 'node:http'

import { type ServerAddress, isLoopback, readHost } from './request-origin.ts'

/** The addresses of both ends of a connection. */
export interface ConnectionEnds {
  readonly local: string
  readonly remote: string
}

/** What proxies add. */
const forwarded = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'] as const

/** The address of an end of a socket: IPv4 as such, also where it came to an IPv6 socket. */
export function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:(?=\d+\.)/i, '')
}

export function isFromThisMachine(
  headers: IncomingHttpHeaders,
  { local, remote }: ConnectionEnds,
  { host, publicOrigin }: ServerAddress,
): boolean {
  if (!isLoopback(remote) && remote !== local) return false
  if (forwarded.some((name) => headers[name] !== undefined)) return false
  // A proxy that passes on the name it is known by, or a page whose name was made to point here.
  const name = readHost(headers.host)?.name
  if (name === undefined) return false
  if (publicOrigin !== undefined && new URL(publicOrigin).hostname === name) return false
  return isLoopback(name) || name === local || name === host
}
