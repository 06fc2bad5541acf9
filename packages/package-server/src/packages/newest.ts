/** Looks packages up by their newest version, which is the one that a module's name means. */
import type { Transaction } from '@manyhands/service'
import { rcompare } from 'semver'

import type { ModuleName, PackageVersion } from './package.ts'
import { filesOf, findPackage, searchPackages, versionsOf } from './packages-store.ts'
import type { ListedPackage, VersionRow } from './packages-store.ts'

/** The highest release; the highest pre-release where there is none. */
function newestOf(versions: readonly VersionRow[]): VersionRow | undefined {
  const sorted = versions.toSorted((a, b) => rcompare(a.version, b.version))
  return sorted.find(({ version }) => !version.includes('-')) ?? sorted[0]
}

function newest(tx: Transaction, { id, name, owner }: ListedPackage): PackageVersion | undefined {
  const row = newestOf(versionsOf(tx, id))
  if (row === undefined) return undefined
  const files = filesOf(tx, row.id).map((file) => file.name)
  return { name, owner, version: row.version, published: row.published, files }
}

export interface FoundModule {
  readonly version: string
  /** The name of the stored file, which the module's name may leave without its `.js`. */
  readonly file: string
}

export function findModule(tx: Transaction, name: ModuleName): FoundModule | undefined {
  const row = findPackage(tx, name.package)
  const found = row === undefined ? undefined : newest(tx, { ...row, name: name.package })
  const file = [name.file, `${name.file}.js`].find((one) => found?.files.includes(one))
  return found === undefined || file === undefined ? undefined : { version: found.version, file }
}

export interface Page {
  readonly packages: readonly PackageVersion[]
  /** Where the next page begins; undefined at the end. */
  readonly next: number | undefined
}

export function listPackages(
  tx: Transaction,
  query: { readonly part: string; readonly skip: number; readonly limit: number },
): Page {
  const { part, skip, limit } = query
  const rows = searchPackages(tx, part, { skip, limit: limit + 1 })
  const packages = rows.slice(0, limit).flatMap((row) => newest(tx, row) ?? [])
  return { packages, next: rows.length > limit ? skip + limit : undefined }
}
