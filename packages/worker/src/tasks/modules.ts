/**
 * Modules of work functions: the package server says where they are, and they are read from there.
 * An address names a version, which never changes, so what was read is kept for other sandboxes.
 */
import { DcpError, isDcpError } from '@manyhands/protocol'
import type { Connection } from '@manyhands/connection'
import type { ModuleLoader } from '@manyhands/sandbox'

import { limits } from '../limits.ts'

export interface ModuleDeps {
  /** Asks the package server. */
  readonly request: Connection['request']
  readonly fetchText: (location: URL) => Promise<string>
  /** Whether modules may be read from there: a package server cannot send us anywhere. */
  readonly allows: (location: URL) => boolean
}

export function createModuleLoader(deps: ModuleDeps): ModuleLoader {
  const sources = createSourceCache(deps.fetchText)

  async function read(id: string, locations: Locations): Promise<[string, string]> {
    const slash = id.indexOf('/')
    const file = memberOf(memberOf(locations, id.slice(0, slash)), id.slice(slash + 1))
    if (typeof file !== 'string' || !URL.canParse(file)) {
      throw new DcpError('ENOMODULE', `the package server does not say where the module ${id} is`)
    }
    const location = new URL(file)
    if (!deps.allows(location)) {
      throw new DcpError(
        'EPERM_ORIGIN',
        `the module ${id} is at ${location.origin}, which is not allowed on this worker`,
      )
    }
    return [id, await sources.read(location)]
  }

  return async (ids, signal) => {
    const locations = await locate(deps, ids, signal)
    const reading = Promise.all(ids.map((id) => read(id, locations)))
    return new Map(await untilAborted(reading, signal))
  }
}

type Locations = Readonly<Record<string, unknown>>

/** Only own members: names of packages are strangers' words. */
function memberOf(object: unknown, name: string): unknown {
  if (typeof object !== 'object' || object === null || !Object.hasOwn(object, name))
    return undefined
  return (object as Locations)[name]
}

async function locate(
  { request }: ModuleDeps,
  modules: readonly string[],
  signal: AbortSignal,
): Promise<Locations> {
  const options = { idempotent: true, signal }
  const reply = await request('packageManager.fetchModuleURL', { modules }, options)
  const message = memberOf(reply, 'message')
  if (memberOf(reply, 'code') === 'ENOENT') {
    throw new DcpError(
      'ENOMODULE',
      typeof message === 'string' ? message : 'there is no such module',
    )
  }
  if (typeof reply === 'object' && reply !== null) return reply as Locations
  throw new DcpError('ENOMODULE', `the package server knows nothing of ${modules.join(', ')}`)
}

/** What is under way goes on for whoever asks next. */
async function untilAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  signal.throwIfAborted()
  return new Promise<Value>((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error)
    signal.addEventListener('abort', onAbort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

interface SourceCache {
  read(location: URL): Promise<string>
}

/** Reads each location once, however many ask at the same time; the longest unused go first. */
function createSourceCache(fetchText: ModuleDeps['fetchText']): SourceCache {
  const kept = new Map<string, string>()
  const underway = new Map<string, Promise<string>>()
  let length = 0

  function keep(key: string, source: string): void {
    kept.set(key, source)
    length += source.length
    for (const [oldest, text] of kept) {
      if (length <= limits.modulesKeptMax) break
      kept.delete(oldest)
      length -= text.length
    }
  }

  async function fetchOne(location: URL): Promise<string> {
    try {
      const source = await fetchText(location)
      keep(location.href, source)
      return source
    } catch (error) {
      if (!isDcpError(error, 'ENOENT')) throw error
      throw new DcpError('ENOMODULE', error.message, { cause: error })
    } finally {
      underway.delete(location.href)
    }
  }

  return {
    async read(location) {
      const key = location.href
      const source = kept.get(key)
      if (source !== undefined) {
        kept.delete(key)
        kept.set(key, source)
        return source
      }
      const before = underway.get(key)
      if (before !== undefined) return before
      const reading = fetchOne(location)
      underway.set(key, reading)
      return reading
    },
  }
}
