/**
 * Opens a daemon's database: SQLite with a write-ahead log and full synchronisation, so that what is
 * committed survives any crash. One process holds one writing handle.
 */
import { isBuiltin } from 'node:module'

import { DcpError, isDcpError } from '@manyhands/protocol'
import { Kysely, type SqliteDatabase } from 'kysely'

import { limits } from '../limits.ts'
import { databaseError } from './database-error.ts'
import { sqliteDialect } from './kysely-sqlite.ts'
import { openLibsql } from './open.libsql.ts'
import { openNodeSqlite } from './open.node-sqlite.ts'
import type { SqliteOptions } from './sqlite-options.ts'
import { withStatementCache } from './statement-cache.ts'

export type DatabaseEngine = 'node:sqlite' | 'libsql'

export interface Database<Schema = unknown> extends AsyncDisposable {
  readonly file: string
  readonly engine: DatabaseEngine
  /**
   * For portable statements, one at a time. Once a writer works on the same database, changes go
   * through the writer alone: a Kysely transaction would mix with its groups.
   */
  readonly db: Kysely<Schema>
  /** Prepared statements, synchronously; what `createWriter` takes. Integers come back as BigInt. */
  readonly raw: SqliteDatabase
  close(): Promise<void>
}

export interface DatabaseOptions {
  /** A path, or `:memory:`. */
  readonly file: string
  /** Chosen by what this Node offers when missing. */
  readonly engine?: DatabaseEngine
}

/** Before Node 24 `node:sqlite` is experimental and says so on standard error. */
function bestEngine(): DatabaseEngine {
  const major = Number(process.versions.node.split('.')[0])
  return major >= 24 && isBuiltin('node:sqlite') ? 'node:sqlite' : 'libsql'
}

/** The bare database. Throws what the engine throws. */
export function openSqlite(
  file: string,
  options: SqliteOptions,
  engine: DatabaseEngine = bestEngine(),
): SqliteDatabase {
  return engine === 'libsql' ? openLibsql(file, options) : openNodeSqlite(file, options)
}

function openRaw(file: string, engine: DatabaseEngine): SqliteDatabase {
  try {
    const options = { journal: 'wal', busyMs: limits.databaseBusyMs } as const
    return withStatementCache(openSqlite(file, options, engine))
  } catch (error) {
    const known = databaseError(error, file)
    if (!isDcpError(known, 'EBUSY')) throw known
    throw new DcpError(
      'EDATADIR',
      `${file} is locked by another process: stop it, or choose another --data directory`,
      { cause: error, details: { file } },
    )
  }
}

/** Kysely closes what it has used, and only that; so both it and we close. */
function closingOnce(raw: SqliteDatabase): SqliteDatabase {
  let closed = false
  return {
    prepare: (sql) => raw.prepare(sql),
    close(): void {
      if (closed) return
      closed = true
      raw.close()
    },
  }
}

/** Throws EDATADIR when the file cannot be used, ENOSPC when the disk is full. */
export function openDatabase<Schema>(options: DatabaseOptions): Database<Schema> {
  const { file, engine = bestEngine() } = options
  const raw = closingOnce(openRaw(file, engine))
  const db = new Kysely<Schema>({ dialect: sqliteDialect(raw) })
  async function close(): Promise<void> {
    await db.destroy()
    raw.close()
  }
  return { file, engine, db, raw, close, [Symbol.asyncDispose]: close }
}
