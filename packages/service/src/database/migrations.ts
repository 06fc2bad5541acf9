/**
 * Brings a database to the schema this program knows. Migrations are numbered from 1, plain SQL, and
 * only ever appended; a database that a newer program changed in a breaking way is refused.
 */
import { type Clock, DcpError, type Logger, silentLogger } from '@manyhands/protocol'
import type { SqliteDatabase } from 'kysely'

import { databaseError } from './database-error.ts'
import type { Database } from './open.ts'

export interface Migration {
  /** Its number in four digits and a few words: `0001-jobs`, `0002-…` in the order of the list. */
  readonly name: string
  /** True: programs that do not know this migration must not touch the database any more. */
  readonly breaking?: boolean
  /** One SQL statement each. */
  readonly statements: readonly string[]
}

export interface MigrateDeps {
  readonly clock: Pick<Clock, 'now'>
  readonly logger?: Logger
}

interface Applied {
  readonly id: bigint
  readonly name: string
  readonly breaking: bigint
}

const createTable =
  'create table if not exists migrations (' +
  'id integer primary key, name text not null, breaking integer not null, applied integer not null)'

function assertNumbered(migrations: readonly Migration[]): void {
  for (const [at, { name }] of migrations.entries()) {
    const number = String(at + 1).padStart(4, '0')
    if (!name.startsWith(`${number}-`)) throw new Error(`migration "${name}" is not ${number}-…`)
  }
}

function refuseNewer(file: string, applied: readonly Applied[], known: number): void {
  const newer = applied.filter(({ id }) => id > known)
  if (!newer.some(({ breaking }) => breaking !== 0n)) return
  const version = Number(newer.at(-1)?.id)
  throw new DcpError(
    'EDATADIR',
    `${file} was changed by a newer version of this program: it has schema ${version}, and this ` +
      `program knows schema ${known} at most. Use the newer version, or another --data directory`,
    { details: { file, found: version, known } },
  )
}

function refuseForeign(file: string, applied: readonly Applied[], own: readonly Migration[]): void {
  for (const { id, name } of applied) {
    const mine = own[Number(id) - 1]
    if (mine === undefined || mine.name === name) continue
    throw new DcpError(
      'EDATADIR',
      `${file} belongs to another program: its schema ${id} is "${name}", not "${mine.name}". ` +
        'Choose another --data directory',
      { details: { file, found: name, known: mine.name } },
    )
  }
}

function execute(raw: SqliteDatabase, sql: string, parameters: readonly unknown[] = []): void {
  const statement = raw.prepare(sql)
  if (statement.reader) statement.all(parameters)
  else statement.run(parameters)
}

function inTransaction(raw: SqliteDatabase, work: () => void): void {
  execute(raw, 'begin immediate')
  try {
    work()
    execute(raw, 'commit')
  } catch (error) {
    try {
      execute(raw, 'rollback')
    } catch {
      // A full disk makes SQLite end the transaction by itself; the first error tells more.
    }
    throw error
  }
}

/**
 * Applies what is missing, all of it or nothing; the number of migrations applied. Throws EDATADIR for
 * a database of a newer or of another program.
 */
export function migrate(
  { raw, file }: Pick<Database, 'raw' | 'file'>,
  migrations: readonly Migration[],
  { clock, logger = silentLogger }: MigrateDeps,
): number {
  assertNumbered(migrations)
  let missing: readonly Migration[] = []
  try {
    inTransaction(raw, () => {
      execute(raw, createTable)
      const select = 'select id, name, breaking from migrations order by id'
      const applied = raw.prepare(select).all([]) as Applied[]
      refuseNewer(file, applied, migrations.length)
      refuseForeign(file, applied, migrations)
      missing = migrations.slice(applied.length)
      for (const [at, { name, breaking, statements }] of missing.entries()) {
        for (const sql of statements) execute(raw, sql)
        const id = BigInt(applied.length + at + 1)
        const row = [id, name, breaking === true ? 1n : 0n, BigInt(clock.now())]
        execute(raw, 'insert into migrations values (?, ?, ?, ?)', row)
      }
    })
  } catch (error) {
    throw databaseError(error, file)
  }
  for (const { name } of missing) logger.info('database migrated', { file, schema: name })
  return missing.length
}
