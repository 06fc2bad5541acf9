/** SQL of packages, their versions and files. */
import { createHash } from 'node:crypto'

import type { Address } from '@manyhands/protocol'
import type { Transaction } from '@manyhands/service'

export interface PackageRow {
  readonly id: number
  readonly owner: Address
}

export function findPackage(tx: Transaction, name: string): PackageRow | undefined {
  const sql = 'select id, owner from packages where name = ?'
  const row = tx.all<{ id: bigint; owner: string }>(sql, [name])[0]
  return row === undefined ? undefined : { id: Number(row.id), owner: row.owner as Address }
}

export function insertPackage(tx: Transaction, name: string, owner: Address): number {
  const sql = 'insert into packages (name, owner) values (?, ?) returning id'
  return Number(tx.all<{ id: bigint }>(sql, [name, owner])[0]?.id ?? 0n)
}

export interface VersionRow {
  readonly id: number
  readonly version: string
  readonly published: number
}

/** The newest publication first. */
export function versionsOf(tx: Transaction, packageId: number): VersionRow[] {
  const sql = 'select id, version, published from versions where package = ? order by id desc'
  return tx
    .all<{ id: bigint; version: string; published: bigint }>(sql, [BigInt(packageId)])
    .map((row) => ({ ...row, id: Number(row.id), published: Number(row.published) }))
}

export interface NewVersion {
  readonly packageId: number
  readonly version: string
  readonly published: number
  readonly files: ReadonlyMap<string, string>
}

export function insertVersion(tx: Transaction, version: NewVersion): void {
  const rows = tx.all<{ id: bigint }>(
    'insert into versions (package, version, published) values (?, ?, ?) returning id',
    [BigInt(version.packageId), version.version, BigInt(version.published)],
  )
  const id = rows[0]?.id ?? 0n
  for (const [place, [name, body]] of [...version.files].entries()) {
    const hash = hashOf(body)
    tx.run('insert or ignore into contents values (?, ?)', [hash, body])
    tx.run('insert into files values (?, ?, ?, ?)', [id, BigInt(place), name, hash])
  }
}

export function hashOf(body: string): string {
  return createHash('sha256').update(body).digest('base64url')
}

export interface FileRow {
  readonly name: string
  readonly hash: string
}

/** The files of a version in the order in which they were published. */
export function filesOf(tx: Transaction, versionId: number): FileRow[] {
  const sql = 'select name, hash from files where version = ? order by place'
  return tx.all<FileRow>(sql, [BigInt(versionId)])
}

export interface FoundFile {
  readonly hash: string
  readonly body: string
}

export function readFile(
  tx: Transaction,
  packageName: string,
  version: string,
  file: string,
): FoundFile | undefined {
  return tx.all<FoundFile>(
    `select f.hash, c.body from packages p
      join versions v on v.package = p.id and v.version = ?
      join files f on f.version = v.id and f.name = ?
      join contents c on c.hash = f.hash
      where p.name = ?`,
    [version, file, packageName],
  )[0]
}

export interface ListedPackage extends PackageRow {
  readonly name: string
}

/** Packages whose name has a text in it, in the order of their names. */
export function searchPackages(
  tx: Transaction,
  part: string,
  page: { readonly skip: number; readonly limit: number },
): ListedPackage[] {
  return tx
    .all<{ id: bigint; name: string; owner: string }>(
      `select id, name, owner from packages where instr(lower(name), ?) > 0
        order by name limit ? offset ?`,
      [part.toLowerCase(), BigInt(page.limit), BigInt(page.skip)],
    )
    .map(({ id, name, owner }) => ({ id: Number(id), name, owner: owner as Address }))
}
