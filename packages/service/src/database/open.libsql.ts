import type { SqliteDatabase, SqliteStatement } from 'kysely'
import Database from 'libsql'

const statementsMax = 500

/** libsql 0.5 aborts the process on a boolean and cuts text at NUL, so parameters are checked here. */
function assertParameters(parameters: readonly unknown[]): void {
  for (const value of parameters) {
    if (value === null || typeof value === 'bigint' || typeof value === 'number') continue
    if (typeof value === 'string' && !value.includes('\0')) continue
    if (value instanceof Uint8Array) continue
    throw new TypeError(`not an SQLite parameter: ${typeof value}`)
  }
}

/** `all` and `iterate` hand blobs out as ArrayBuffer; the rest of the house knows Uint8Array only. */
function withBytes(row: unknown): unknown {
  const columns = row as Record<string, unknown>
  for (const name in columns) {
    const value = columns[name]
    if (value instanceof ArrayBuffer) columns[name] = new Uint8Array(value)
  }
  return row
}

export function openLibsql(file: string): SqliteDatabase {
  const db = new Database(file, { timeout: 2000 })
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = FULL')
  db.pragma('foreign_keys = ON')
  db.defaultSafeIntegers(true)
  const statements = new Map<string, SqliteStatement>()
  return {
    close(): void {
      statements.clear()
      db.pragma('wal_checkpoint(TRUNCATE)')
      db.close()
    },
    prepare(text): SqliteStatement {
      const known = statements.get(text)
      if (known !== undefined) return known
      const raw = db.prepare(text)
      const statement: SqliteStatement = {
        reader: raw.reader,
        all(parameters) {
          assertParameters(parameters)
          return raw.all(parameters).map(withBytes)
        },
        run(parameters) {
          assertParameters(parameters)
          return raw.run(parameters)
        },
        *iterate(parameters) {
          assertParameters(parameters)
          for (const row of raw.iterate(parameters)) yield withBytes(row)
        },
      }
      if (statements.size >= statementsMax) statements.clear()
      statements.set(text, statement)
      return statement
    },
  }
}
