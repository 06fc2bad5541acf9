/**
 * Modules of the program itself, for its work functions. They travel as one file in a package that
 * is named after the file's digest, so that nobody owns the name and the same bundle is sent once.
 */
import { DcpError } from '@manyhands/protocol'

import type { ClientContext } from '../context.ts'
import type { JobDefinition } from '../job/definition.ts'

export interface ModuleBundle {
  /** The name of its package. */
  readonly name: string
  readonly source: string
}

export interface BundledModules {
  /** Undefined: none of the modules is this program's. */
  readonly bundle: ModuleBundle | undefined
  /** Modules that are published: `package/file`. */
  readonly published: readonly string[]
}

/** @throws DcpError `EBADARG` naming a module that cannot be found or is not CommonJS. */
export type BundleModules = (ids: readonly string[]) => BundledModules

/** The file of a bundle, and what it is asked for as. */
const fileName = 'sideloader-v1.js'
const moduleName = 'sideloader-v1'

export interface PackedModules {
  /** Ids that sandboxes load before the work function. */
  readonly dependencies: readonly string[]
  readonly bundle: ModuleBundle | undefined
}

/** Throws EBADARG, ENOTSUPPORTED. */
export function packModules(
  context: Pick<ClientContext, 'bundleModules'>,
  { dependencies }: Pick<JobDefinition, 'dependencies'>,
): PackedModules {
  if (dependencies.length === 0) return { dependencies, bundle: undefined }
  const { bundle, published } = bundled(context, dependencies)
  const own = bundle === undefined ? [] : [idOf(bundle)]
  return { dependencies: [...published, ...own], bundle }
}

function bundled(
  { bundleModules }: Pick<ClientContext, 'bundleModules'>,
  ids: readonly string[],
): BundledModules {
  if (bundleModules !== undefined) return bundleModules(ids)
  const local = ids.find((id) => id.startsWith('.'))
  if (local === undefined) return { bundle: undefined, published: ids }
  throw new DcpError('ENOTSUPPORTED', `there are no files here from which to bundle ${local}`)
}

/** Under which id sandboxes load it. */
export function idOf({ name }: ModuleBundle): string {
  return `${name}/${moduleName}`
}

/** Sends the bundle to the package server, which may have it already. */
export async function publishBundle(
  { link }: Pick<ClientContext, 'link'>,
  { name, source }: ModuleBundle,
): Promise<void> {
  const files = { [fileName]: source }
  await link.request('packageManager.deployPackage', { name, version: '1.0.0', files })
}
