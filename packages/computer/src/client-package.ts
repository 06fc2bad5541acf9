/**
 * Serves the official client to browsers where its npm package is installed beside us, and the two
 * packages that its sandboxes load by the side of it.
 */
import { existsSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

import { staticRoute } from '@manyhands/service'
import type { Route } from '@manyhands/service'

const hint =
  'the official client is not installed here: run npm install dcp-client beside Manyhands, or say ' +
  'with --dcp-client where it is'

/** The directory of a package as a file of another one finds it. */
function findPackage(name: string, from: string): string | undefined {
  try {
    return realpathSync(dirname(createRequire(from).resolve(`${name}/package.json`)))
  } catch {
    // Not installed: the route says how to have it.
    return undefined
  }
}

/** Where the official client and what it needs are served; by default as they are installed. */
export function clientPackageRoutes(
  client: string | undefined = findPackage('dcp-client', import.meta.url),
): Route[] {
  const directory = client === undefined || !existsSync(client) ? undefined : realpathSync(client)
  const needed = (name: string): string | undefined =>
    directory && findPackage(name, join(directory, 'package.json'))
  return [
    staticRoute({ path: '/dcp-client/*', directory, hint }),
    staticRoute({ path: '/kvin/*', directory: needed('kvin'), hint }),
    staticRoute({ path: '/bravojs/*', directory: needed('bravojs'), hint }),
  ]
}
