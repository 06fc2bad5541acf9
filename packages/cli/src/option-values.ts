/** Values of options that are neither numbers nor choices, refused with a sentence where they are wrong. */
import { existsSync } from 'node:fs'
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
