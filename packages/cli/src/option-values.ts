/** Values of options that are neither numbers nor choices, refused with a sentence where they are wrong. */
import { existsSync } from 'node:fs'
import { isIPv6 } from 'node:net'
import { join } from 'node:path'

import { InvalidArgumentError } from 'commander'

export function parseLocation(text: string): URL {
  const location = URL.canParse(text) ? new URL(text) : undefined
  if (location === undefined || !/^https?:$/.test(location.protocol)) {
    throw new InvalidArgumentError('It must be an http or https URL.')
  }
  if (!location.pathname.endsWith('/')) location.pathname += '/'
  return location
}

/**
 * An address or a name to listen on, as it is written in a URL but for brackets: `0` becomes
 * `0.0.0.0`, `[::1]` becomes `::1`.
 */
export function parseHost(text: string): string {
  const name = isIPv6(text) ? `[${text}]` : text
  const url = URL.canParse(`http://${name}/`) ? new URL(`http://${name}/`) : undefined
  // What is more than a name (a port, a path, a user) would be lost.
  if (url === undefined || !/^([\w.-]+|\[[\da-f:.]+\])$/i.test(name)) {
    throw new InvalidArgumentError(
      'It must be an address or a name of this machine, without a port: 0.0.0.0 is all its ' +
        'addresses, 127.0.0.1 this machine alone.',
    )
  }
  return url.hostname.replace(/^\[|\]$/g, '')
}

/** An origin: the scheme, the name, and perhaps a port. */
export function parsePublicUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isOrigin =
    url !== undefined && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`
  // Nobody reaches all addresses of his own machine.
  if (isOrigin && !['0.0.0.0', '[::]'].includes(url.hostname)) return url.origin
  throw new InvalidArgumentError(
    'It must be the http or https URL at which others reach this computer, without a path: ' +
      'https://dcp.example.',
  )
}

/** An empty variable in a script must not make the directory it is run in one for data. */
export function parseDirectory(text: string): string {
  if (text.trim() !== '') return text
  throw new InvalidArgumentError('It must name a directory.')
}

/** The directory of an npm package. */
export function parsePackage(text: string): string {
  if (existsSync(join(text, 'package.json'))) return text
  throw new InvalidArgumentError('It must be the directory of an npm package.')
}

/** One more `key,secret`; a group may have no secret, but never no key. */
export function collectGroup(text: string, former: readonly string[]): string[] {
  if (/^\s*[^\s,]/.test(text)) return [...former, text]
  throw new InvalidArgumentError('It must be the key of a compute group and its secret.')
}
