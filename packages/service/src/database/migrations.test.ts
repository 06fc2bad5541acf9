import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { type Migration, migrate } from './migrations.ts'
import { type Database, openDatabase } from './open.ts'

const clock = { now: () => 5 }
const first: Migration = { name: '0001-jobs', statements: ['create table jobs (id text)'] }
const second: Migration = {
  name: '0002-slices',
  breaking: true,
  statements: ['create table slices (id text)', "insert into slices values ('s')"],
}
const harmless: Migration = { name: '0002-index', statements: ['create index i on jobs (id)'] }

let database: Database

beforeEach(() => {
  database = openDatabase({ file: ':memory:' })
})

afterEach(() => database.close())

function tables(): unknown[] {
  const sql = "select name from sqlite_master where type = 'table' order by name"
  return database.raw
    .prepare(sql)
    .all([])
    .map((row) => (row as { name: string }).name)
}

describe('migrations', () => {
  it('are applied once each, in order', () => {
    expect(migrate(database, [first], { clock })).toBe(1)
    expect(migrate(database, [first, second], { clock })).toBe(1)
    expect(migrate(database, [first, second], { clock })).toBe(0)
    expect(tables()).toEqual(['jobs', 'migrations', 'slices'])
  })

  it('are applied all or not at all', () => {
    const broken: Migration = { name: '0002-broken', statements: ['create table x (id)', 'no'] }
    expect(() => migrate(database, [first, broken], { clock })).toThrow(/syntax error/)
    expect(tables()).toEqual([])
    expect(migrate(database, [first], { clock })).toBe(1)
  })

  it('refuse a newer breaking schema, naming both versions', () => {
    migrate(database, [first, second], { clock })
    expect(() => migrate(database, [first], { clock })).toThrow(
      expect.objectContaining({
        code: 'EDATADIR',
        message: expect.stringContaining(
          'it has schema 2, and this program knows schema 1 at most',
        ),
        details: { file: ':memory:', found: 2, known: 1 },
      }),
    )
  })

  it('accept a newer schema that breaks nothing', () => {
    migrate(database, [first, harmless], { clock })
    expect(migrate(database, [first], { clock })).toBe(0)
  })

  it('refuse the database of another program', () => {
    migrate(database, [{ ...first, name: '0001-accounts' }], { clock })
    expect(() => migrate(database, [first], { clock })).toThrow(
      expect.objectContaining({ code: 'EDATADIR' }),
    )
  })

  it('must be numbered without gaps', () => {
    expect(() => migrate(database, [second], { clock })).toThrow(/0002-slices.* is not 0001/)
  })
})
