/** Where others reach a computer, to be told to whoever starts it. */
import type { NetworkInterfaceInfo } from 'node:os'

import { isLoopback, isWildcard, originOf } from '@manyhands/service'

/** Addresses by interface, as `os.networkInterfaces` tells them. */
export type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>

export interface Listening {
  readonly host: string
  readonly port: number
  readonly publicOrigin?: string
}

/** An address of one link alone makes no URL. */
function isUsable({ internal, address }: NetworkInterfaceInfo): boolean {
  return !internal && !/^(169\.254\.|fe[89ab])/i.test(address)
}

/** Locations ending in `/`; none where only this machine reaches it. */
export function reachableAt(
  { host, port, publicOrigin }: Listening,
  interfaces: Interfaces,
): readonly URL[] {
  if (publicOrigin !== undefined) return [new URL('/', publicOrigin)]
  if (isLoopback(host)) return []
  if (!isWildcard(host)) return [new URL('/', originOf(host, port))]
  return Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .filter((one) => isUsable(one) && (host === '::' || one.family === 'IPv4'))
    .map(({ address }) => new URL('/', originOf(address, port)))
}
