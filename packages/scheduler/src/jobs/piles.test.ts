import { createWriter, migrate, openDatabase } from '@manyhands/service'
import { describe, expect, it } from 'vitest'

import { schedulerMigrations } from '../database/migrations.ts'
import { pilePartBytes } from '../limits.ts'
import type { RowValue } from '../values/row-value.ts'
import { lengthIn, packValues, readRun, shelvedIn } from './pile-part.ts'
import { createPiles, storePile } from './piles.ts'

const texts = ['1', '"höhle"', '{"ctr":0,"ps":{}}', '""', '[1,2]', '"\\ud800,"']

describe('a part of a pile', () => {
  const part = { first: 10, last: 15, shelved: null, ...packValues(texts) }

  it('gives every run of its values', () => {
    for (let from = 10; from <= 15; from++) {
      for (let to = from; to <= 15; to++) {
        const run = texts.slice(from - 10, to - 9).map((text) => JSON.parse(text) as unknown)
        expect(readRun(part, from, to)).toEqual(run)
      }
    }
  })

  it('knows the length of each value', () => {
    const lengths = texts.map((_, index) => lengthIn(part, 10 + index))
    expect(lengths).toEqual(texts.map((text) => Buffer.byteLength(text)))
  })
})

describe('piles', () => {
  it('hold small values in few rows, and each value on the shelf in a row of its own', async () => {
    await using database = openDatabase({ file: ':memory:' })
    migrate(database, schedulerMigrations, { clock: { now: () => 0 } })
    const writer = createWriter(database.raw)
    const numbers = Array.from({ length: 100_000 }, (_, index) => String(index))
    const onShelf: RowValue = { key: 'f'.repeat(64), size: 100_000 }
    const values = [...numbers, onShelf, '7']
    const rows = await writer.write((tx) => {
      storePile(tx, { job: 1, first: 1, values, stamp: 's' })
      return tx.all<{ blob: Uint8Array }>('select blob from piles')
    })
    expect(rows.length).toBe(Math.ceil((numbers.join().length + 1) / pilePartBytes) + 2)
    const piles = createPiles()
    for (const slice of [1, 2, 50_000, 99_999, 100_000, 100_002]) {
      const part = writer.read((tx) => piles.part(tx, 1, slice))
      const [value] = part === undefined ? [] : readRun(part, slice, slice)
      expect(value).toBe(slice === 100_002 ? 7 : slice - 1)
    }
    const shelved = writer.read((tx) => piles.part(tx, 1, 100_001))
    expect(shelved && shelvedIn(shelved)).toEqual(onShelf)
    expect(writer.read((tx) => piles.part(tx, 1, 100_003))).toBeUndefined()
    await writer.close()
  })

  it('are read where the first schema stored them', async () => {
    await using database = openDatabase({ file: ':memory:' })
    migrate(database, schedulerMigrations.slice(0, 1), { clock: { now: () => 0 } })
    const insert = database.raw.prepare('insert into piles values (1, 5, 10, ?, ?)')
    insert.run(['stamp', `[${texts.join()}]`])
    migrate(database, schedulerMigrations, { clock: { now: () => 0 } })
    const writer = createWriter(database.raw)
    const part = writer.read((tx) => createPiles().part(tx, 1, 7))
    expect(part && readRun(part, 5, 10)).toEqual(JSON.parse(`[${texts.join()}]`))
    await writer.close()
  })
})
