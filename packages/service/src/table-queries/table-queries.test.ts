import { silentLogger, systemClock, systemRandom } from '@manyhands/protocol'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { createWriter } from '../database/group-commit.ts'
import { openDatabase } from '../database/open.ts'
import { createHttpServer } from '../http/http-server.ts'
import { crypto, post, query, rowsOf, schemaOf, signerOf, valueOf } from './_client.ts'
import { tableQueryRoutes } from './table-queries.ts'
import type { Authority, Table } from './table.ts'
import { noProxies } from './table.ts'
import { DcpError } from '@manyhands/protocol'
import { BigNumber } from 'bignumber.js'

const ann = signerOf(1)
const bob = signerOf(2)

const notes: Table = {
  name: 'notes',
  source: 'notes',
  key: ['name'],
  columns: {
    id: { type: 'autoId', sql: 'id', fixed: true },
    owner: { type: 'ethAddress', sql: 'owner', fixed: true },
    name: {
      type: 'identifier',
      sql: 'name',
      alias: (value) =>
        value.startsWith('#') ? { sql: 'id = ?', parameters: [BigInt(value.slice(1))] } : undefined,
    },
    text: { type: 'stringUB', sql: 'body' },
    stars: { type: 'integer', sql: 'stars' },
    credits: { type: 'finNum', sql: 'credits' },
    done: { type: 'bool', sql: 'done' },
    due: { type: 'timestamp', sql: 'due' },
    more: { type: 'json', sql: 'more' },
    data: { type: 'kvin', sql: 'data' },
    changed: { type: 'autoNow', sql: 'changed', fixed: true, touched: true },
  },
  derived: {
    double: { type: 'integer', from: 'stars', derive: (_tx, stars) => Number(stars) * 2 },
  },
  rows: ({ address }) => ({ sql: 'owner = ?', parameters: [address] }),
  writes: {
    table: 'notes',
    allowed: ['add', 'change', 'delete'],
    admit: (_tx, { address }) => ({ owner: address }),
  },
}

const secrets: Table = { ...notes, name: 'secrets' }
const { writes: _writes, ...readOnly } = notes

/** Bob is told that he may not ask secrets. */
const authority: Authority = {
  callerOf(signer, operation) {
    if (operation.startsWith('test.jnu.secrets')) throw new DcpError('EPERM', `no ${operation}`)
    return noProxies.callerOf(signer, operation)
  },
}

let base = ''
let close: () => Promise<void>

beforeEach(async () => {
  const database = openDatabase({ file: ':memory:' })
  database.raw
    .prepare(
      `create table notes (id integer primary key, owner text not null, name text not null,
        body text, stars integer, credits text, done integer, due integer, more text, data text,
        changed integer, unique (owner, name))`,
    )
    .run([])
  const writer = createWriter(database.raw)
  const deps = { clock: systemClock, random: systemRandom, logger: silentLogger, crypto }
  const tables = [notes, secrets, { ...readOnly, name: 'fixed' }]
  const routes = tableQueryRoutes(
    { service: 'test', path: '/jnu/test/', tables },
    { ...deps, writer, authority },
  )
  const server = createHttpServer({ routes }, deps)
  await server.start()
  base = `${server.origin}/jnu/test/`
  close = async () => {
    await server.close()
    await writer.close()
    await database.close()
  }
})

afterEach(async () => close())

const add = (signer: typeof ann, prototype: object): ReturnType<typeof query> =>
  query(base, signer, 'add', { table: 'notes', prototype })
const select = (signer: typeof ann, what: object, options?: object): ReturnType<typeof query> =>
  query(base, signer, 'select', { table: 'notes', ...what }, options)

describe('the schema', () => {
  test('has one object for each column type', async () => {
    const answer = await post(`${base}schema`, ann, { queryKVINv9: {} })
    const { columnTypes, tables, classes, serializers, label } = schemaOf(answer)
    const shown = tables as Record<string, Record<string, unknown>>
    expect(shown['notes']?.['id']).toBe(columnTypes?.['autoId'])
    expect(shown['fixed']?.['id']).toBe(columnTypes?.['autoId'])
    expect(shown['notes']?.['double']).toBe(columnTypes?.['integer'])
    expect(columnTypes?.['autoId']).toMatchObject({ primaryKey: true, autoIncrement: true })
    expect([classes, serializers, label]).toEqual([{}, {}, 'test'])
  })

  test('is labelled for the client that asks', async () => {
    const answer = await post(`${base}schema`, ann, { queryKVIN: {} })
    expect(answer['schemaKVIN']).toMatchObject({ _serializeVerId: 'v8' })
  })

  test('is told to older clients, which post forms', async () => {
    const answer = await post(`${base}schema`, ann, { queryKVIN: {} }, { form: true })
    expect(answer['schemaKVIN']).toMatchObject({ _serializeVerId: 'v8' })
    const nothing = await post(`${base}schema`, ann, {}, { form: true, spoil: () => '' })
    expect(nothing.error).toMatchObject({ code: 'EFORMAT', stack: expect.stringMatching(/JSON/) })
  })
})

describe('rows', () => {
  test('come back as they were added', async () => {
    const row = {
      name: 'first',
      text: 'with "quotes" and ünicode',
      stars: 3,
      credits: new BigNumber('0.100000000000000001'),
      done: true,
      due: new Date(86_400_000),
      more: { list: [1, { a: null }] },
      data: new Map([['x', new Uint8Array([1, 2])]]),
    }
    expect(await add(ann, row)).toEqual({ success: true, result: { rowCount: 1, id: 1 } })
    const [found] = rowsOf(await select(ann, {}))
    expect(found).toEqual({
      ...row,
      id: 1,
      owner: ann.address,
      double: 6,
      changed: expect.any(Date),
    })
  })

  test('are seen and changed by their owner alone', async () => {
    await add(ann, { name: 'mine', stars: 1 })
    expect(rowsOf(await select(bob, {}))).toEqual([])
    const change = { table: 'notes', original: { name: 'mine' }, prototype: { stars: 9 } }
    expect(await query(base, bob, 'change', change)).toMatchObject({ result: { rowCount: 0 } })
    const gone = { table: 'notes', prototype: { name: 'mine' } }
    expect(await query(base, bob, 'delete', gone)).toMatchObject({ result: { rowCount: 0 } })
    expect(rowsOf(await select(ann, {}))).toMatchObject([{ stars: 1 }])
  })

  test('are changed by their key, and added where there is none to change', async () => {
    const changeOrAdd = (prototype: object): ReturnType<typeof query> =>
      query(base, ann, 'change', { table: 'notes', prototype }, { variant: 'changeOrAdd' })
    const first = await changeOrAdd({ name: 'n', stars: 1, credits: { add: new BigNumber('0.5') } })
    expect(first).toMatchObject({ result: { rowCount: 1, id: 1 } })
    await changeOrAdd({ name: 'n', text: 'later', stars: { add: 2 }, credits: { add: 1 } })
    expect(rowsOf(await select(ann, {}))).toMatchObject([
      { name: 'n', text: 'later', stars: 3, credits: new BigNumber('1.5') },
    ])
    const change = { table: 'notes', original: { name: 'n' }, prototype: { name: 'other' } }
    expect(await query(base, ann, 'change', change)).toMatchObject({ error: { code: 'EINVAL' } })
  })

  test('are changed and deleted in numbers only where that is asked for', async () => {
    for (const name of ['a', 'b', 'c']) await add(ann, { name, stars: 1 })
    const all = { table: 'notes', prototype: { stars: 1 } }
    expect(await query(base, ann, 'delete', all)).toMatchObject({ error: { code: 'EINVAL' } })
    const some = { table: 'notes', prototype: { name: { in: ['a', 'b', 'nobody'] } } }
    const deleted = await query(base, ann, 'delete', some, { variant: 'deleteMany' })
    expect(deleted).toMatchObject({ result: { rowCount: 2 } })
    expect(rowsOf(await select(ann, {}))).toMatchObject([{ name: 'c' }])
  })

  test('cannot be added twice', async () => {
    await add(ann, { name: 'n' })
    expect(await add(ann, { name: 'n' })).toMatchObject({ error: { code: 'EEXIST' } })
    expect(await add(bob, { name: 'n' })).toMatchObject({ success: true })
  })
})

describe('conditions', () => {
  beforeEach(async () => {
    await add(ann, { name: 'a', stars: 1, text: 'Apple', credits: '9' })
    await add(ann, { name: 'b', stars: 2, text: 'banana', credits: '10' })
    await add(ann, { name: 'c', stars: 3, text: null, credits: '0.5', done: true })
  })
  const names = async (what: object, options?: object): Promise<unknown> =>
    rowsOf(await select(ann, { order: 'name', ...what }, options)).map(({ name }) => name)

  test.each([
    [{ stars: 2 }, ['b']],
    [{ text: null }, ['c']],
    [{ done: true }, ['c']],
    [{ stars: { gt: 1, le: 2 } }, ['b']],
    [{ stars: { between: [2, 3] } }, ['b', 'c']],
    [{ stars: { ne: 2 } }, ['a', 'c']],
    [{ text: { not: { in: ['Apple'] } } }, ['b', 'c']],
    [{ text: { like: '%an%' } }, ['b']],
    [{ text: { in: ['Apple', null] } }, ['a', 'c']],
    [{ credits: { ge: 9 } }, ['a', 'b']],
    [{ name: '#3' }, ['c']],
    [{ name: "x' or 1=1 --" }, []],
  ])('%j finds %j', async (prototype, found) => {
    expect(await names({ prototype })).toEqual(found)
  })

  test('search looks inside of texts', async () => {
    expect(await names({ prototype: { text: 'an' } }, { variant: 'search' })).toEqual(['b'])
    expect(await names({ prototype: { text: 'app' } }, { variant: 'search' })).toEqual([])
    expect(await names({ prototype: { text: 'app' } }, { variant: 'isearch' })).toEqual(['a'])
  })

  test('order, skip and limit make pages that know how many rows there are', async () => {
    expect(await names({ order: 'credits', desc: true })).toEqual(['b', 'a', 'c'])
    expect(await names({ order: [{ done: 'desc' }, { name: 'asc' }] })).toEqual(['c', 'a', 'b'])
    const page = await select(ann, { order: 'name', skip: 1, limit: 1 }, { count: true })
    expect(valueOf(page)).toMatchObject({ rowCount: 1, totalRowCount: 3, firstRow: { name: 'b' } })
  })

  test('what rows come to together is told as it is', async () => {
    const value = async (variant: string, more: object = {}, prototype = {}): Promise<unknown> =>
      valueOf(await select(ann, { prototype }, { variant, ...more }))
    expect(await value('count')).toBe(3)
    expect(await value('count', {}, { stars: { gt: 1 } })).toBe(2)
    expect(await value('sum', { columnName: 'stars' })).toBe(6)
    expect(await value('avg', { columnName: 'stars' })).toBe(2)
    expect(await value('sum', { columnName: 'credits' })).toEqual(new BigNumber('19.5'))
    expect(await value('max', { columnName: 'credits' })).toEqual(new BigNumber('10'))
    expect(await value('min', { columnName: 'name' })).toBe('a')
    expect(await value('max', { columnName: 'due' })).toBeNaN()
    expect(await value('distinct', { columnName: 'done' })).toEqual([
      { done: null },
      { done: true },
    ])
    expect(await value('groupCount', { groups: ['done'] })).toEqual([
      { done: null, count: 2 },
      { done: true, count: 1 },
    ])
  })
})

describe('refused, with the reason in the message:', () => {
  test.each([
    ['an unknown table', { table: 'migrations' }, 'ENOTABLE', 'migrations'],
    ['a table one has no right to', { table: 'secrets' }, 'EPERM', 'test.jnu.secrets.query'],
    ['an unknown column', { prototype: { 'id" or 1=1': 1 } }, 'EINVAL', 'no column'],
    ['the prototype of objects', { prototype: { constructor: 1 } }, 'EINVAL', 'no column'],
    ['an undefined condition', { prototype: { name: undefined } }, 'EINVAL', '"name"'],
    ['a value of another type', { prototype: { stars: 'many' } }, 'EINVAL', '"stars"'],
    ['an unknown operator', { prototype: { stars: { plus: 1 } } }, 'EINVAL', 'plus'],
    ['a column that cannot be compared', { prototype: { more: { a: 1 } } }, 'EINVAL', '"more"'],
    ['an order by nothing there is', { order: 'stars; drop table notes' }, 'EINVAL', 'no column'],
    ['a negative limit', { limit: -1 }, 'EINVAL', '"limit"'],
  ])('%s', async (_what, what, code, word) => {
    const { error } = await select(ann, what)
    expect(error).toMatchObject({ code, message: expect.stringContaining(word) })
  })

  test('writing to a table that is not written', async () => {
    const row = { table: 'fixed', prototype: { name: 'x' } }
    expect(await query(base, ann, 'add', row)).toMatchObject({ error: { code: 'EPERM' } })
  })

  test('choosing what is not for clients to choose', async () => {
    const { error } = await add(ann, { name: 'x', owner: bob.address })
    expect(error).toMatchObject({ code: 'EINVAL', message: expect.stringContaining('"owner"') })
  })

  test('a query that is no KVIN', async () => {
    const { error } = await post(`${base}select`, ann, { queryKVINv9: { ctr: 'eval' } })
    expect(error).toMatchObject({ code: 'EINVAL' })
  })

  test('a post for another endpoint', async () => {
    const { error } = await post(`${base}select`, ann, {}, { endpoint: `${base}delete` })
    expect(error).toMatchObject({ code: 'EINVAL', message: expect.stringContaining('endpoint') })
  })

  test.each([
    ['old', -1],
    ['too far ahead', 90_000],
  ])('a post that is %s', async (_what, seconds) => {
    const expiry = Math.floor(Date.now() / 1000) + seconds
    const { error } = await post(`${base}select`, ann, {}, { expiry })
    expect(error).toMatchObject({ code: 'EEXPIRED' })
  })

  test('a post that was changed on its way', async () => {
    const spoil = (text: string): string => text.replace('"expiry":', '"expiry": ')
    const other = (text: string): string => text.replace('"options":{}', '"options":{"a":1}')
    const body = { queryKVINv9: {}, options: {} }
    for (const change of [spoil, other]) {
      const { error } = await post(`${base}select`, ann, body, { spoil: change })
      expect(error).toMatchObject({ code: 'EBADSIG' })
    }
  })

  test('a post by somebody who says to be another', async () => {
    const spoil = (text: string): string => text.replace(ann.address, bob.address)
    const { error } = await post(`${base}select`, ann, {}, { spoil })
    expect(error).toMatchObject({ code: 'EBADSIG' })
  })

  test('a post that is too long, or no message at all', async () => {
    const sent = async (text: string): Promise<unknown> =>
      (await post(`${base}select`, ann, {}, { spoil: () => text })).error?.code
    expect(await sent('x'.repeat(5 * 1024 * 1024))).toBe('ETOOBIG')
    expect(await sent('hello')).toBe('EFORMAT')
  })
})

test('tells the time, to pages of any origin', async () => {
  const response = await fetch(`${base}time`)
  expect(response.headers.get('access-control-allow-origin')).toBe('*')
  expect(await response.json()).toMatchObject({ success: true, now: expect.any(Number) })
})
