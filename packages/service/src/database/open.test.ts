import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { type Generated, sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { createWriter } from './group-commit.ts'
import { type DatabaseEngine, openDatabase } from './open.ts'

interface Schema {
  t: { id: Generated<bigint>; name: string; blob: Uint8Array | null }
}

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'manyhands-database-'))
})

afterEach(() => rmSync(directory, { recursive: true }))

const engines: DatabaseEngine[] = isBuiltin('node:sqlite') ? ['libsql', 'node:sqlite'] : ['libsql']

describe.each(engines)('a database opened by %s', (engine) => {
  function open(name = 'test.sqlite'): ReturnType<typeof openDatabase<Schema>> {
    return openDatabase<Schema>({ file: join(directory, name), engine })
  }

  it('has a write-ahead log, full synchronisation and foreign keys', async () => {
    const database = open()
    function pragma(name: string): unknown {
      return Object.values(database.raw.prepare(`pragma ${name}`).all([])[0] as object)[0]
    }
    expect(pragma('journal_mode')).toBe('wal')
    expect(pragma('synchronous')).toBe(2n)
    expect(pragma('foreign_keys')).toBe(1n)
    await database.close()
  })

  it('keeps what was committed, through Kysely and through the writer', async () => {
    const database = open()
    await sql`create table t (id integer primary key, name text, blob blob)`.execute(database.db)
    const writer = createWriter(database.raw)
    const bytes = Uint8Array.of(0, 255)
    const text = 'insert into t (name, blob) values (?, ?)'
    await writer.write((tx) => tx.run(text, ['written', bytes]))
    await database.db.insertInto('t').values({ name: 'kysely', blob: null }).execute()
    await writer.close()
    await database.close()
    await database.close()

    const again = open()
    const rows = await again.db.selectFrom('t').selectAll().orderBy('id').execute()
    expect(rows).toMatchObject([
      { id: 1n, name: 'written' },
      { id: 2n, name: 'kysely', blob: null },
    ])
    expect([...(rows[0]?.blob ?? [])]).toEqual([0, 255])
    await again.close()
  })

  it('refuses parameters it cannot store', async () => {
    const database = open()
    const { raw } = database
    for (const value of [true, undefined, {}, Symbol('s')]) {
      expect(() => raw.prepare('select ?').all([value])).toThrow(TypeError)
      expect(() => raw.prepare('select ?').run([value])).toThrow(TypeError)
    }
    expect(() => raw.prepare('select ?').all(['a\0b'])).toThrow(
      expect.objectContaining({ code: 'EBADARG' }),
    )
    await database.close()
  })

  it('streams rows while other statements run', async () => {
    const database = open()
    const { raw } = database
    const text =
      'with recursive c(n) as (select 1 union all select n + 1 from c where n < 3) select n from c'
    const seen: unknown[] = []
    for (const row of raw.prepare(text).iterate([])) {
      seen.push(row, raw.prepare(text).all([]).length)
    }
    expect(seen).toEqual([{ n: 1n }, 3, { n: 2n }, 3, { n: 3n }, 3])
    await database.close()
  })

  it('says which file is no database', () => {
    const file = join(directory, 'x.sqlite')
    writeFileSync(file, 'this is a letter, not a database'.repeat(100))
    expect(() => open('x.sqlite')).toThrow(
      expect.objectContaining({ code: 'EDATADIR', message: expect.stringContaining(file) }),
    )
  })

  it('says that a folder is missing or in the way', () => {
    mkdirSync(join(directory, 'folder'))
    for (const name of ['folder', 'missing/test.sqlite']) {
      expect(() => open(name)).toThrow(expect.objectContaining({ code: 'EDATADIR' }))
    }
  })
})

/** Mounts a file system of 1 MiB; undefined where we may not. */
function mountSmallDisk(at: string): (() => void) | undefined {
  try {
    mkdirSync(at)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', at], { stdio: 'ignore' })
    return () => execFileSync('umount', ['--lazy', at])
  } catch {
    return undefined
  }
}

describe.each(engines)('a full disk under %s', (engine) => {
  it('refuses new work, loses nothing answered, and recovers', async (context) => {
    const disk = join(directory, 'disk')
    const unmount = mountSmallDisk(disk)
    if (unmount === undefined) {
      context.skip('mounting a small file system needs root')
      return
    }
    try {
      const file = join(disk, 'test.sqlite')
      const database = openDatabase({ file, engine })
      database.raw.prepare('create table t (id integer primary key, data blob)').run([])
      const writer = createWriter(database.raw)
      const ballast = join(disk, 'ballast')
      writeFileSync(ballast, new Uint8Array(500_000))
      const data = new Uint8Array(20_000)
      const write = (): Promise<unknown> =>
        writer.write((tx) => tx.run('insert into t (data) values (?)', [data]))
      let answered = 0
      let failure: unknown
      while (failure === undefined && answered < 100) {
        try {
          await write()
          answered += 1
        } catch (error) {
          failure = error
        }
      }
      expect(failure).toMatchObject({ code: 'ENOSPC', retryable: true })
      expect(writer.failure()).toMatchObject({ code: 'ENOSPC' })
      const neighbours = await Promise.allSettled([write(), write()])
      expect(neighbours).toMatchObject([
        { reason: { code: 'ENOSPC' } },
        { reason: { code: 'ENOSPC' } },
      ])
      expect(statSync(ballast).size).toBe(500_000)
      rmSync(ballast)
      await writer.write((tx) => tx.all('select 1'))
      expect(writer.failure()).toBeDefined()
      await write()
      expect(writer.failure()).toBeUndefined()
      await writer.close()
      await database.close()

      const again = openDatabase({ file, engine })
      expect(again.raw.prepare('select count(*) as n from t').all([])).toEqual([
        { n: BigInt(answered + 1) },
      ])
      await again.close()
    } finally {
      unmount()
    }
  })
})
