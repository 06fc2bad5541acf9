/** SQLite as it comes with Node; behaves as `openLibsql` does. */
import { createRequire } from 'node:module'

import type { SqliteDatabase, SqliteStatement } from 'kysely'

import type { SqliteOptions } from './sqlite-options.ts'
import { assertParameters } from './sqlite-parameters.ts'

interface Statement {
  columns(): unknown[]
  setReadBigInts(on: boolean): void
  all(...parameters: unknown[]): unknown[]
  run(...parameters: unknown[]): { changes: bigint | number; lastInsertRowid: bigint | number }
  iterate(...parameters: unknown[]): IterableIterator<unknown>
}

interface DatabaseSync {
  exec(sql: string): void
  prepare(sql: string): Statement
  close(): void
}

type Module = { DatabaseSync: new (file: string, options: { timeout: number }) => DatabaseSync }

export function openNodeSqlite(file: string, { journal, busyMs }: SqliteOptions): SqliteDatabase {
  const { DatabaseSync } = createRequire(import.meta.url)('node:sqlite') as Module
  const db = new DatabaseSync(file, { timeout: busyMs })
  try {
    db.exec(`PRAGMA journal_mode = ${journal}`)
    db.exec('PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON')
  } catch (error) {
    db.close()
    throw error
  }
  return {
    close: () => db.close(),
    prepare(sql): SqliteStatement {
      const statement = db.prepare(sql)
      statement.setReadBigInts(true)
      return {
        reader: statement.columns().length > 0,
        all(parameters) {
          assertParameters(parameters)
          return statement.all(...parameters)
        },
        run(parameters) {
          assertParameters(parameters)
          return statement.run(...parameters)
        },
        iterate(parameters) {
          assertParameters(parameters)
          return statement.iterate(...parameters)
        },
      }
    },
  }
}
