/** Publishes a version. The first publisher owns the name; what is published never changes. */
import { DcpError } from '@manyhands/protocol'
import type { Address, DeployPackage } from '@manyhands/protocol'
import type { Transaction } from '@manyhands/service'

import { versionsMax } from '../limits.ts'
import { isContentAddressed } from './package.ts'
import {
  filesOf,
  findPackage,
  hashOf,
  insertPackage,
  insertVersion,
  versionsOf,
} from './packages-store.ts'
import type { PackageRow, VersionRow } from './packages-store.ts'

export interface Published {
  readonly name: string
  readonly owner: Address
  /** The version that was asked for first, then the others, the newest first. */
  readonly versions: readonly {
    readonly version: string
    readonly published: number
    readonly files: readonly string[]
  }[]
}

/** @throws DcpError `EPERM`, `EEXIST`, `ETOOBIG`. */
export function deploy(
  tx: Transaction,
  request: DeployPackage,
  publisher: Address,
  now: number,
): Published {
  const { name, version, files } = request
  const found = findPackage(tx, name)
  if (found !== undefined && found.owner !== publisher && !isContentAddressed(name)) {
    throw new DcpError('EPERM', `the package ${name} belongs to another identity`)
  }
  const versions = found === undefined ? [] : versionsOf(tx, found.id)
  const same = versions.find((row) => row.version === version)
  if (same !== undefined) assertSame(tx, same, request)
  else if (versions.length >= versionsMax) {
    throw new DcpError('ETOOBIG', `the package ${name} has ${versionsMax} versions already`)
  }
  const owner = found ?? { id: insertPackage(tx, name, publisher), owner: publisher }
  if (same === undefined) insertVersion(tx, { packageId: owner.id, version, published: now, files })
  return published(tx, name, owner, version)
}

/** Publishing the same again is no mistake: somebody lost the answer, or bundled the same. */
function assertSame(
  tx: Transaction,
  row: VersionRow,
  { name, version, files }: DeployPackage,
): void {
  const known = filesOf(tx, row.id)
  const isSame =
    known.length === files.size &&
    known.every((file) => {
      const body = files.get(file.name)
      return body !== undefined && hashOf(body) === file.hash
    })
  if (isSame) return
  const message = `${name} ${version} is published already, with other content: choose a new version`
  throw new DcpError('EEXIST', message)
}

function published(tx: Transaction, name: string, row: PackageRow, first: string): Published {
  const versions = versionsOf(tx, row.id).map(({ id, version, published: at }) => ({
    version,
    published: at,
    files: filesOf(tx, id).map((file) => file.name),
  }))
  const asked = versions.filter(({ version }) => version === first)
  return {
    name,
    owner: row.owner,
    versions: [...asked, ...versions.filter(({ version }) => version !== first)],
  }
}
