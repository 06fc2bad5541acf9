/** Preparing costs more than running: each text is prepared once per database and kept. */
import type { SqliteDatabase, SqliteStatement } from 'kysely'

import { limits } from '../limits.ts'

/** The same database, preparing each text only once. `iterate` gets a statement of its own. */
export function withStatementCache(database: SqliteDatabase): SqliteDatabase {
  const statements = new Map<string, SqliteStatement>()
  return {
    close(): void {
      statements.clear()
      database.close()
    },
    prepare(sql): SqliteStatement {
      const known = statements.get(sql)
      if (known !== undefined) return known
      const raw = database.prepare(sql)
      const statement: SqliteStatement = {
        reader: raw.reader,
        all: (parameters) => raw.all(parameters),
        run: (parameters) => raw.run(parameters),
        // A statement that is read slowly must not be started again from the cache in between.
        iterate: (parameters) => database.prepare(sql).iterate(parameters),
      }
      if (statements.size >= limits.statementsMax) statements.clear()
      statements.set(sql, statement)
      return statement
    },
  }
}
