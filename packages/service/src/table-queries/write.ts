/** Adds, changes and deletes rows of those that the caller may see. */
import { DcpError } from '@manyhands/protocol'

import type { SqlValue, Transaction } from '../database/group-commit.ts'
import { decimalOf, decimalOfStored, storeCell } from './cell.ts'
import { columnTypes } from './column-types.ts'
import { allOf, conditionsOf, findColumn } from './conditions.ts'
import { changedMax } from './limits.ts'
import { isMembers } from './query.ts'
import type { Members, Query } from './query.ts'
import type { Caller, SqlPart, Table, TableWrites } from './table.ts'

export interface Changed {
  readonly rowCount: number
  /** Of the row that was added. */
  readonly id?: number
}

/** Values to be stored, by names of the database. */
type Values = Readonly<Record<string, SqlValue>>

function writesOf(table: Table, operation: 'add' | 'change' | 'delete'): TableWrites {
  if (table.writes?.allowed.includes(operation) === true) return table.writes
  throw new DcpError('EPERM', `rows of the table ${table.name} cannot be used with ${operation}`)
}

function knownMembers({ columns, writes }: Table, prototype: Members): Members {
  if (writes?.ignoresUnknown !== true) return prototype
  return Object.fromEntries(
    Object.entries(prototype).filter(([name]) => Object.hasOwn(columns, name)),
  )
}

/** An amount by which a column grows, as a client writes it. */
function increment(name: string, value: unknown): unknown {
  if (!isMembers(value) || Object.keys(value).join() !== 'add') return undefined
  if (decimalOf(value['add']) !== undefined) return value['add']
  throw new DcpError('EINVAL', `"${name}.add" must be a number`)
}

function isNumeric(kind: string): boolean {
  return kind === 'integer' || kind === 'float' || kind === 'decimal'
}

/** The increments among the values; they need the row's present value. */
function incrementsOf(table: Table, prototype: Members): Map<string, unknown> {
  const found = new Map<string, unknown>()
  for (const [name, value] of Object.entries(prototype)) {
    if (!isNumeric(columnTypes[findColumn(table, name).type].kind)) continue
    const by = increment(name, value)
    if (by !== undefined) found.set(name, by)
  }
  return found
}

function storedValues(table: Table, prototype: Members, now: number): Values {
  const values: Record<string, SqlValue> = {}
  const increments = incrementsOf(table, prototype)
  for (const [name, value] of Object.entries(prototype)) {
    const { sql, type, fixed } = findColumn(table, name)
    if (fixed === true) throw new DcpError('EINVAL', `"${name}" is not for clients to store`)
    if (value === undefined || increments.has(name)) continue
    values[sql] = storeCell(name, type, value)
  }
  for (const { sql, touched } of Object.values(table.columns)) {
    if (touched === true) values[sql] = BigInt(now)
  }
  return values
}

function grown(table: Table, name: string, present: SqlValue, by: unknown): SqlValue {
  const { type } = findColumn(table, name)
  const sum = decimalOfStored(present).plus(decimalOf(by) ?? 0)
  return storeCell(name, type, columnTypes[type].kind === 'decimal' ? sum : sum.toNumber())
}

export function addRow(
  tx: Transaction,
  table: Table,
  query: Query,
  { caller, now }: { readonly caller: Caller; readonly now: number },
): Changed {
  const writes = writesOf(table, 'add')
  const prototype = knownMembers(table, query.prototype)
  const values: Record<string, SqlValue> = { ...storedValues(table, prototype, now) }
  for (const [name, by] of incrementsOf(table, prototype)) {
    values[findColumn(table, name).sql] = grown(table, name, null, by)
  }
  const row = { ...values, ...writes.admit(tx, caller, values) }
  const names = Object.keys(row)
  const marks = names.map(() => '?').join(', ')
  const rows = tx.all<{ id: bigint }>(
    `insert into ${writes.table} (${names.join(', ')}) values (${marks})
      on conflict do nothing returning rowid as id`,
    Object.values(row),
  )
  if (rows[0] !== undefined) return { rowCount: 1, id: Number(rows[0].id) }
  throw new DcpError('EEXIST', `the table ${table.name} has such a row already`)
}

/** `original` names the rows; where it is missing the key's columns in `prototype` do. */
function changedRows(table: Table, { prototype, original }: Query, caller: Caller): SqlPart {
  const named = original ?? keyMembers(table, prototype)
  return allOf([table.rows(caller), conditionsOf(table, named)])
}

function keyMembers({ key, name: table }: Table, prototype: Members): Members {
  const members: Record<string, unknown> = {}
  for (const name of key) {
    const value = prototype[name]
    if (value === undefined || value === null) {
      throw new DcpError('EINVAL', `a change of ${table} needs "original", or "${name}"`)
    }
    members[name] = value
  }
  return members
}

function rowIds(tx: Transaction, table: string, where: SqlPart, isMany: boolean): bigint[] {
  const rows = tx.all<{ id: bigint }>(
    `select rowid as id from ${table} where ${where.sql} limit ?`,
    [...where.parameters, BigInt(changedMax + 1)],
  )
  if (!isMany && rows.length > 1) {
    throw new DcpError('EINVAL', 'more than one row is meant: use the form for many')
  }
  if (rows.length > changedMax)
    throw new DcpError('EINVAL', `more than ${changedMax} rows are meant`)
  return rows.map(({ id }) => id)
}

export function changeRows(
  tx: Transaction,
  table: Table,
  query: Query,
  at: { readonly caller: Caller; readonly now: number },
): Changed {
  const { table: name } = writesOf(table, 'change')
  const prototype = knownMembers(table, query.prototype)
  const values = storedValues(table, prototype, at.now)
  const increments = incrementsOf(table, prototype)
  const where = changedRows(table, query, at.caller)
  const ids = rowIds(tx, name, where, query.variant === 'changeMany')
  if (ids.length === 0) {
    return query.variant === 'changeOrAdd' ? addRow(tx, table, query, at) : { rowCount: 0 }
  }
  for (const id of ids) {
    checkKey(tx, table, id, values)
    const row: Record<string, SqlValue> = { ...values }
    for (const [column, by] of increments) {
      const { sql } = findColumn(table, column)
      const [present] = tx.all<{ value: SqlValue }>(
        `select ${sql} as value from ${name} where rowid = ?`,
        [id],
      )
      row[sql] = grown(table, column, present?.value ?? null, by)
    }
    updateRow(tx, name, id, row)
  }
  return { rowCount: ids.length }
}

/** What tells a row from others, and whose it is by that, stays as it is. */
function checkKey(tx: Transaction, table: Table, id: bigint, values: Values): void {
  for (const key of table.key) {
    const { sql } = findColumn(table, key)
    const value = values[sql]
    if (value === undefined) continue
    const same = `select 1 from ${table.source} where rowid = ? and ${sql} is ?`
    if (tx.all(same, [id, value]).length > 0) continue
    throw new DcpError('EINVAL', `"${key}" of a row of ${table.name} cannot be changed`)
  }
}

function updateRow(tx: Transaction, table: string, id: bigint, row: Values): void {
  const names = Object.keys(row)
  if (names.length === 0) return
  const assignments = names.map((name) => `${name} = ?`).join(', ')
  tx.run(`update ${table} set ${assignments} where rowid = ?`, [...Object.values(row), id])
}

export function deleteRows(tx: Transaction, table: Table, query: Query, caller: Caller): Changed {
  const { table: name } = writesOf(table, 'delete')
  const where = allOf([table.rows(caller), conditionsOf(table, query.prototype)])
  const ids = rowIds(tx, name, where, query.variant === 'deleteMany')
  for (const id of ids) tx.run(`delete from ${name} where rowid = ?`, [id])
  return { rowCount: ids.length }
}
