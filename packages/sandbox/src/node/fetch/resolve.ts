/** Finds the one address that a request will connect to, and refuses those it must not reach. */
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'

import { DcpError } from '@manyhands/protocol'

import { isPrivateAddress } from './addresses.ts'

export interface ResolvedHost {
  readonly address: string
  readonly family: 4 | 6
}

/** All addresses of a name, as the machine knows them; a test gives its own. */
export type LookupAll = (host: string) => Promise<readonly string[]>

export const lookupAll: LookupAll = async (host) =>
  (await lookup(host, { all: true, verbatim: true })).map(({ address }) => address)

/** A host that is written as an address, or the name of this machine, is meant as it is written. */
function isLiteral(host: string): boolean {
  return isIP(host) !== 0 || host === 'localhost' || host.endsWith('.localhost')
}

/**
 * @throws DcpError `EPERM_ORIGIN` when the name leads to a private address that is not listed,
 * `EFETCH` when it leads nowhere.
 */
export async function resolveHost(
  url: URL,
  isListed: (address: string) => boolean,
  lookUp: LookupAll,
): Promise<ResolvedHost> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  let addresses: readonly string[]
  try {
    addresses = isIP(host) === 0 ? await lookUp(host) : [host]
  } catch (cause) {
    throw new DcpError('EFETCH', `the host ${host} is not known`, { cause })
  }
  const reachable = addresses.find(
    (address) => isLiteral(host) || !isPrivateAddress(address) || isListed(address),
  )
  if (reachable !== undefined) return { address: reachable, family: isIP(reachable) === 6 ? 6 : 4 }
  if (addresses.length === 0) throw new DcpError('EFETCH', `the host ${host} has no address`)
  throw new DcpError(
    'EPERM_ORIGIN',
    `the host ${host} has a private address: allow the address as well as the origin`,
  )
}
