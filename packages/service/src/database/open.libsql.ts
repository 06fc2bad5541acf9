/** SQLite by libsql, whose prebuilt binaries come from npm: for Node versions without a quiet `node:sqlite`. */
import type { SqliteDatabase, SqliteStatement } from 'kysely'
import Database from 'libsql'

import type { SqliteOptions } from './sqlite-options.ts'
import { assertParameters } from './sqlite-parameters.ts'

/** `all` and `iterate` hand blobs out as ArrayBuffer; the rest of the house knows Uint8Array only. */
function withBytes(row: unknown): unknown {
  const columns = row as Record<string, unknown>
  for (const name in columns) {
    const value = columns[name]
    if (value instanceof ArrayBuffer) columns[name] = new Uint8Array(value)
  }
  return row
}

export function openLibsql(file: string, { journal, busyMs }: SqliteOptions): SqliteDatabase {
  const db = new Database(file, { timeout: busyMs })
  try {
    db.pragma(`journal_mode = ${journal}`)
    db.pragma('synchronous = FULL')
    db.pragma('foreign_keys = ON')
    db.defaultSafeIntegers(true)
  } catch (error) {
    db.close()
    throw error
  }
  return {
    close(): void {
      // libsql leaves its write-ahead log behind when it closes.
      try {
        if (journal === 'wal') db.pragma('wal_checkpoint(TRUNCATE)')
      } catch {
        // A full disk: the log stays beside the database, and the next opening reads it.
      }
      db.close()
    },
    prepare(text): SqliteStatement {
      const raw = db.prepare(text)
      return {
        reader: raw.reader,
        all(parameters) {
          assertParameters(parameters)
          const rows = raw.all(parameters)
          for (const row of rows) withBytes(row)
          return rows
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
    },
  }
}
