/**
 * What a failure of SQLite means to us. Full, locked or broken storage is the operator's trouble and
 * says what to do; everything else is a defect of the program and passes through as it is.
 */
import { DcpError, isDcpError } from '@manyhands/protocol'

type Trouble = 'full' | 'locked' | 'readonly' | 'unusable'

/** By SQLite's result codes, whose low byte is the kind; libsql gives the names, node:sqlite numbers. */
const kinds: readonly (readonly [name: string, code: number, trouble: Trouble])[] = [
  ['SQLITE_BUSY', 5, 'locked'],
  ['SQLITE_LOCKED', 6, 'locked'],
  ['SQLITE_READONLY', 8, 'readonly'],
  ['SQLITE_IOERR', 10, 'full'],
  ['SQLITE_CORRUPT', 11, 'unusable'],
  ['SQLITE_FULL', 13, 'full'],
  ['SQLITE_CANTOPEN', 14, 'unusable'],
  ['SQLITE_NOTADB', 26, 'unusable'],
]

/** libsql reports some failures of `open` in words alone. */
const words: readonly (readonly [pattern: RegExp, trouble: Trouble])[] = [
  [/database or disk is full|disk I\/O error/i, 'full'],
  [/database (table )?is locked/i, 'locked'],
  [/readonly database/i, 'readonly'],
  [/unable to open|not a database|malformed/i, 'unusable'],
]

function troubleOf(error: unknown): Trouble | undefined {
  if (!(error instanceof Error)) return undefined
  const { code, errcode } = error as { code?: unknown; errcode?: unknown }
  for (const [name, number, trouble] of kinds) {
    if (typeof code === 'string' && code.startsWith(name)) return trouble
    if (typeof errcode === 'number' && (errcode & 255) === number) return trouble
  }
  if (typeof code === 'string' && code.startsWith('SQLITE_CONSTRAINT')) return undefined
  return words.find(([pattern]) => pattern.test(error.message))?.[1]
}

/** A DcpError (ENOSPC, EBUSY or EDATADIR) for storage in trouble; anything else unchanged. */
export function databaseError(error: unknown, file = 'the database'): unknown {
  if (isDcpError(error)) return error
  const trouble = troubleOf(error)
  if (trouble === undefined) return error
  const options = { cause: error, details: { file } }
  switch (trouble) {
    case 'full':
      return new DcpError(
        'ENOSPC',
        `${file} cannot be written: the disk is full or failing. Nothing was stored; free some space`,
        options,
      )
    case 'locked':
      return new DcpError('EBUSY', `${file} is locked by another process; try again`, options)
    case 'readonly':
      return new DcpError(
        'EDATADIR',
        `${file} cannot be written: give this user the right to, or choose another --data directory`,
        options,
      )
    case 'unusable':
      return new DcpError(
        'EDATADIR',
        `${file} cannot be used as a database (${(error as Error).message}): ` +
          'choose another --data directory, or restore it from a copy',
        options,
      )
  }
}
