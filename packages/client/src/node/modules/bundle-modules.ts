/** Bundles the program's own modules and the npm packages they need, as far as they are CommonJS. */
import { createHash } from 'node:crypto'
import { posix } from 'node:path'

import { DcpError } from '@manyhands/protocol'

import type { BundleModules, BundledModules } from '../../modules/module-bundle.ts'
import { bundleText, programDirectory } from './bundle-text.ts'
import { createCollection, resolveModule } from './collect-modules.ts'

/** Modules are looked for as the program's main file would look for them. */
export function createModuleBundler(program: string): BundleModules {
  return (ids) => bundle(program, ids)
}

function bundle(program: string, ids: readonly string[]): BundledModules {
  const collection = createCollection()
  const names: Record<string, number> = {}
  const asked: Record<string, string> = {}
  const published: string[] = []
  for (const id of new Set(ids)) {
    const file = resolveModule(program, id)
    if (file === undefined) {
      if (id.startsWith('.') || id.startsWith('/')) throw notFound(id, program)
      published.push(id)
      continue
    }
    const place = collection.add(file)
    const canonical = canonicalName(id)
    asked[id] = canonical
    // With and without what the program may leave away.
    for (const name of [canonical, canonical.replace(/\.(?:c?js|json)$/, '')]) names[name] = place
  }
  if (Object.keys(asked).length === 0) return { bundle: undefined, published }
  const { modules } = collection
  const source = bundleText({ modules, names, asked })
  const digest = createHash('md5').update(source).digest('hex')
  return { bundle: { name: `dcp-pkg-v1-localhost-${digest}`, source }, published }
}

/** What sandboxes make of a name that the work function uses. */
function canonicalName(id: string): string {
  if (id.startsWith('/')) return posix.normalize(id)
  if (!id.startsWith('.')) return `/localhost/search/${id}`
  const name = posix.join(programDirectory, id)
  if (!name.startsWith('/../') && posix.dirname(name) !== '/') return name
  throw new DcpError('EBADARG', `requires: ${id} is too far above the program's own folder`)
}

function notFound(id: string, program: string): DcpError {
  const message = `requires: there is no module ${id} as seen from ${program}`
  return new DcpError('EBADARG', message, { details: { module: id } })
}
