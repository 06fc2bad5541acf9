import { seededRandom } from '@manyhands/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { limits } from '../limits.ts'
import { type Transaction, type Writer, createWriter } from './group-commit.ts'
import { type Database, openDatabase } from './open.ts'

let database: Database
let writer: Writer
let log: string[]
let rollbacks: number

/** Notes when transactions begin and end. */
function recorded(): Database['raw'] {
  const { raw } = database
  return {
    close: () => raw.close(),
    prepare(sql) {
      if (/^(begin|commit|rollback$)/.test(sql)) log.push(sql)
      return raw.prepare(sql)
    },
  }
}

beforeEach(() => {
  log = []
  rollbacks = 0
  database = openDatabase({ file: ':memory:' })
  database.raw.prepare('create table t (id integer primary key, name text unique)').run([])
  writer = createWriter(recorded(), { onRollback: () => (rollbacks += 1) })
})

afterEach(async () => {
  await writer.close()
  await database.close()
})

function insert(name: string): (tx: Transaction) => string {
  return (tx) => {
    tx.run('insert into t (name) values (?)', [name])
    return name
  }
}

function names(): string[] {
  return writer
    .read((tx) => tx.all<{ name: string }>('select name from t order by id'))
    .map((row) => row.name)
}

describe('a writer', () => {
  it('puts what arrives together into one transaction, in order', async () => {
    const answers = await Promise.all(['a', 'b', 'c'].map((name) => writer.write(insert(name))))
    expect(answers).toEqual(['a', 'b', 'c'])
    expect(names()).toEqual(['a', 'b', 'c'])
    expect(log).toEqual(['begin immediate', 'commit'])
  })

  it('answers after the commit', async () => {
    await writer.write(insert('a')).then(() => log.push('answered'))
    expect(log).toEqual(['begin immediate', 'commit', 'answered'])
  })

  it('does what a work calls for in the same transaction', async () => {
    let second: Promise<string> | undefined
    await writer.write((tx) => {
      insert('a')(tx)
      second = writer.write(insert('b'))
    })
    await second
    expect(names()).toEqual(['a', 'b'])
    expect(log).toEqual(['begin immediate', 'commit'])
  })

  it('makes what arrives after a commit the next group', async () => {
    await writer.write(insert('a'))
    await writer.write(insert('b'))
    expect(log).toEqual(['begin immediate', 'commit', 'begin immediate', 'commit'])
  })

  it('undoes a work that throws, and none of its neighbours', async () => {
    const settled = await Promise.allSettled([
      writer.write(insert('a')),
      writer.write((tx) => {
        insert('b')(tx)
        throw new RangeError('no')
      }),
      writer.write(insert('a')),
      writer.write(insert('c')),
    ])
    expect(settled.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'fulfilled',
    ])
    expect(settled[1]).toMatchObject({ reason: { message: 'no' } })
    expect(names()).toEqual(['a', 'c'])
    expect(rollbacks).toBe(2)
  })

  it('lets a work go on after a statement that failed', async () => {
    await writer.write(insert('a'))
    await writer.write((tx) => {
      expect(() => insert('a')(tx)).toThrow(/UNIQUE/)
      insert('b')(tx)
    })
    expect(names()).toEqual(['a', 'b'])
  })

  it('undoes a work that turns out to be asynchronous', async () => {
    const late = writer.write(async (tx) => insert('a')(tx))
    await expect(late).rejects.toThrow('must not be asynchronous')
    expect(names()).toEqual([])
  })

  it('rejects the whole group when the commit fails, and works on', async () => {
    database.raw.prepare('pragma foreign_keys = on').run([])
    database.raw
      .prepare('create table child (t integer references t (id) deferrable initially deferred)')
      .run([])
    const settled = await Promise.allSettled([
      writer.write(insert('a')),
      writer.write((tx) => tx.run('insert into child values (99)')),
    ])
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(names()).toEqual([])
    expect(rollbacks).toBe(1)
    expect(await writer.write(insert('b'))).toBe('b')
  })

  it('splits a crowd into groups of a bounded size', async () => {
    const crowd = Array.from({ length: limits.groupMax + 1 }, (_, at) => insert(`n${at}`))
    await Promise.all(crowd.map((work) => writer.write(work)))
    expect(log.filter((line) => line === 'commit')).toHaveLength(2)
    expect(names()).toHaveLength(crowd.length)
  })

  it('refuses more than may wait', async () => {
    const accepted = Array.from({ length: limits.queueMax }, () => writer.write(() => undefined))
    await expect(writer.write(insert('a'))).rejects.toMatchObject({ code: 'EBUSY' })
    await Promise.all(accepted)
  })

  it('finishes what waits when it is closed, then refuses', async () => {
    const last = writer.write(insert('a'))
    await writer.close()
    expect(await last).toBe('a')
    await expect(writer.write(insert('b'))).rejects.toMatchObject({ code: 'EBUSY' })
  })

  it('leaves the same rows as the successful works alone would, for any mix', async () => {
    const random = seededRandom('mix')
    const expected: string[] = []
    const works = Array.from({ length: 500 }, (_, at) => {
      const fails = random.float() < 0.3
      if (!fails) expected.push(`n${at}`)
      return writer
        .write((tx) => {
          insert(`n${at}`)(tx)
          if (fails) throw new Error('undone')
        })
        .catch(() => undefined)
    })
    await Promise.all(works)
    expect(names()).toEqual(expected)
  })
})
