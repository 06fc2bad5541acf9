/** Service packageManager: publishing, listing, and where modules are (operations §10). */
import type { Dispatch, IncomingRequest } from '@manyhands/connection'
import {
  DcpError,
  deployPackage as deploySchema,
  fetchModules,
  isDcpError,
  listModules as listSchema,
  parseRequest,
} from '@manyhands/protocol'
import type { Clock } from '@manyhands/protocol'
import { createMetrics } from '@manyhands/service'
import type { Metrics, Transaction, Writer } from '@manyhands/service'

import { filePath } from '../files/file-routes.ts'
import { pageDefault, pageMax, sourcesMax } from '../limits.ts'
import { deploy } from '../packages/deploy.ts'
import type { Published } from '../packages/deploy.ts'
import { findModule, listPackages } from '../packages/newest.ts'
import type { FoundModule } from '../packages/newest.ts'
import { assertPackage, parseModuleName } from '../packages/package.ts'
import type { ModuleName } from '../packages/package.ts'
import { readFile } from '../packages/packages-store.ts'

export interface PackageManagerDeps {
  readonly writer: Writer
  readonly clock: Clock
  /** Where it counts what it refused to publish; nobody looks by default. */
  readonly metrics?: Metrics
  /** The origin at which a peer that came by this Host header reaches our files. */
  readonly originFor: (host: string | undefined) => string
}

/** Operations by their plain names. */
export function createOperations(deps: PackageManagerDeps): Readonly<Record<string, Dispatch>> {
  const { writer, clock, metrics = createMetrics() } = deps
  const refused = metrics.counter(
    'manyhands_packages_refused_total',
    'packages that peers could not publish, by code',
  )
  return {
    async deployPackage({ data, peer }) {
      try {
        const request = parseRequest(deploySchema, data, 'deployPackage')
        assertPackage(request)
        return encodePublished(await writer.write((tx) => deploy(tx, request, peer, clock.now())))
      } catch (error) {
        if (isDcpError(error)) refused.add(1, { code: error.code })
        throw error
      }
    },

    async listModules({ data }) {
      const query = parseRequest(listSchema, data ?? {}, 'listModules')
      const limit = Math.min(query.limit ?? pageDefault, pageMax)
      const { packages, next } = writer.read((tx) =>
        listPackages(tx, { part: query.q ?? '', skip: query.skip ?? 0, limit }),
      )
      return { packages: packages.map(encodeListed), ...(next === undefined ? {} : { next }) }
    },

    async fetchModuleURL(request) {
      const origin = deps.originFor(request.session.host)
      return byModule(deps, request, 'fetchModuleURL', (_tx, name, { version, file }) => {
        return origin + filePath({ package: name.package, version, file })
      })
    },

    async fetchModule(request) {
      let size = 0
      return byModule(deps, request, 'fetchModule', (tx, name, { version, file }) => {
        const source = readFile(tx, name.package, version, file)?.body ?? ''
        size += source.length
        if (size <= sourcesMax) return source
        const message = `these modules have more than ${sourcesMax} characters: ask for fewer`
        throw new DcpError('ETOOBIG', `fetchModule: ${message}`)
      })
    },
  }
}

function encodePublished({ name, owner, versions }: Published): unknown {
  return {
    name,
    // Programs take the first key for the version they published; JSON keeps this order.
    versions: Object.fromEntries(
      versions.map(({ version, published, files }) => [version, { published, files }]),
    ),
    owner,
  }
}

function encodeListed({
  files,
  ...listed
}: ReturnType<typeof listPackages>['packages'][0]): unknown {
  return { ...listed, files: Object.fromEntries(files.map((file) => [file, file])) }
}

/** `{package: {file: what of it}}`, spelt as asked; workers read `ENOENT` in a successful reply. */
function byModule(
  { writer }: PackageManagerDeps,
  { data }: IncomingRequest,
  operation: string,
  read: (tx: Transaction, name: ModuleName, found: FoundModule) => string,
): unknown {
  const { modules } = parseRequest(fetchModules, data, operation)
  return writer.read((tx) => {
    const reply = new Map<string, Map<string, string>>()
    for (const text of modules) {
      const name = parseModuleName(text)
      const found = name && findModule(tx, name)
      if (name === undefined || found === undefined) return notFound(text)
      const files = reply.get(name.package) ?? new Map<string, string>()
      reply.set(name.package, files.set(name.file, read(tx, name, found)))
    }
    return Object.fromEntries([...reply].map(([name, files]) => [name, Object.fromEntries(files)]))
  })
}

function notFound(name: string): unknown {
  return { code: 'ENOENT', message: `there is no module ${name.slice(0, 200)}` }
}
