/**
 * Serves `require('dcp/compute')` and its like. The only place of the client that changes anything
 * global, and only when `init` is called.
 */
import module from 'node:module'

import { DcpError } from '@manyhands/protocol'

type Load = (this: unknown, request: string, parent: unknown, isMain: boolean) => unknown

interface Loader {
  _load: Load
}

let served: ReadonlyMap<string, unknown> | undefined

/** Names that belong to the official package; the others are nobody's business here. */
function isOurs(request: string): boolean {
  return request.startsWith('dcp/')
}

/** From now on these modules are found by `require`; a second call replaces them. */
export function serveModules(modules: ReadonlyMap<string, unknown>): void {
  const first = served === undefined
  served = modules
  if (!first) return
  const loader = module as unknown as Loader
  const load = loader._load
  loader._load = function (request, parent, isMain) {
    if (served?.has(request) === true) return served.get(request)
    if (isOurs(request)) {
      const names = [...(served?.keys() ?? [])].join(', ')
      throw new DcpError('ENOMODULE', `there is no module ${request}; there are ${names}`)
    }
    return load.call(this, request, parent, isMain)
  }
}
