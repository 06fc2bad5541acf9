import { DcpError } from '@manyhands/protocol'
import { describe, expect, it } from 'vitest'

import { databaseError } from './database-error.ts'

/** As libsql reports: a name, and no name for what goes wrong while a file is opened. */
function named(code: string, message = 'no'): Error {
  return Object.assign(new Error(message), { code })
}

/** As node:sqlite reports: an extended result code. */
function numbered(errcode: number): Error {
  return Object.assign(new Error('no'), { code: 'ERR_SQLITE_ERROR', errcode })
}

describe('a database error', () => {
  it.each([
    [named('SQLITE_FULL'), 'ENOSPC'],
    [numbered(13), 'ENOSPC'],
    [named('SQLITE_IOERR_WRITE'), 'ENOSPC'],
    [numbered(778), 'ENOSPC'],
    [named('SQLITE_BUSY_SNAPSHOT'), 'EBUSY'],
    [numbered(517), 'EBUSY'],
    [named('SQLITE_READONLY'), 'EDATADIR'],
    [numbered(8), 'EDATADIR'],
    [named('SQLITE_NOTADB'), 'EDATADIR'],
    [numbered(11), 'EDATADIR'],
    [named('', 'Unable to open connection to local database'), 'EDATADIR'],
  ])('%s tells the operator: %s', (error, code) => {
    const translated = databaseError(error, '/data/x.sqlite')
    expect(translated).toMatchObject({ code, cause: error })
    expect((translated as DcpError).message).toContain('/data/x.sqlite')
  })

  it('that is a defect, or has been translated, stays as it is', () => {
    const constraint = named('SQLITE_CONSTRAINT_UNIQUE', 'UNIQUE failed: the column is locked')
    for (const error of [constraint, numbered(2067), new Error('x'), 'text', undefined]) {
      expect(databaseError(error)).toBe(error)
    }
    const known = new DcpError('EBADARG', 'database is locked')
    expect(databaseError(known)).toBe(known)
  })
})
