/** From conditions on columns to SQL. Names are looked up among those declared, values are bound. */
import { DcpError } from '@manyhands/protocol'

import type { SqlValue } from '../database/group-commit.ts'
import { storeCell } from './cell.ts'
import { columnTypes } from './column-types.ts'
import { listMax } from './limits.ts'
import { isMembers } from './query.ts'
import type { Members } from './query.ts'
import type { Column, SqlPart, Table } from './table.ts'

function invalid(message: string): DcpError {
  return new DcpError('EINVAL', message)
}

/** @throws DcpError `EINVAL` when the table has no such column. */
export function findColumn({ name: table, columns }: Table, name: string): Column {
  const column = Object.hasOwn(columns, name) ? columns[name] : undefined
  if (column !== undefined) return column
  throw invalid(`the table ${table} has no column ${name.slice(0, 80)}`)
}

/** All of them; true where there is none. */
export function allOf(parts: readonly SqlPart[]): SqlPart {
  if (parts.length === 0) return { sql: 'true', parameters: [] }
  return {
    sql: parts.map(({ sql }) => `(${sql})`).join(' and '),
    parameters: parts.flatMap(({ parameters }) => parameters),
  }
}

export function conditionsOf(table: Table, members: Members): SqlPart {
  return allOf(
    Object.entries(members).map(([name, value]) =>
      conditionOf(name, findColumn(table, name), value),
    ),
  )
}

/** Rows in which each named column has the text somewhere. */
export function searchesOf(table: Table, members: Members, ignoreCase: boolean): SqlPart {
  return allOf(
    Object.entries(members).map(([name, value]): SqlPart => {
      const { sql, type } = findColumn(table, name)
      if (typeof value !== 'string' || columnTypes[type].kind !== 'text') {
        return conditionOf(name, findColumn(table, name), value)
      }
      return ignoreCase
        ? { sql: `instr(lower(${sql}), lower(?)) > 0`, parameters: [value] }
        : { sql: `instr(${sql}, ?) > 0`, parameters: [value] }
    }),
  )
}

const comparisons: Readonly<Record<string, string>> = {
  gt: '>',
  ge: '>=',
  lt: '<',
  le: '<=',
}

function conditionOf(name: string, column: Column, value: unknown): SqlPart {
  if (value === undefined) throw invalid(`the condition on "${name}" is undefined`)
  if (value === null) return { sql: `${column.sql} is null`, parameters: [] }
  if (!isMembers(value)) return equality(name, column, value)
  const parts = Object.entries(value).map(([operator, operand]) =>
    operation(name, column, operator, operand),
  )
  if (parts.length === 0) throw invalid(`the condition on "${name}" is empty`)
  return allOf(parts)
}

function operation(name: string, column: Column, operator: string, operand: unknown): SqlPart {
  const comparison = Object.hasOwn(comparisons, operator) ? comparisons[operator] : undefined
  if (comparison !== undefined) return compared(name, column, comparison, operand)
  switch (operator) {
    case 'in':
      return oneOf(name, column, operand)
    case 'ne':
    case 'not': {
      const { sql, parameters } = conditionOf(name, column, operand)
      // What is not known is not equal either.
      return { sql: `(${sql}) is not true`, parameters }
    }
    case 'between': {
      if (!Array.isArray(operand) || operand.length !== 2) {
        throw invalid(`"between" of "${name}" must be an array of two values`)
      }
      const [low, high] = operand as [unknown, unknown]
      return allOf([compared(name, column, '>=', low), compared(name, column, '<=', high)])
    }
    case 'like':
      if (typeof operand !== 'string') throw invalid(`"like" of "${name}" must be text`)
      return { sql: `${column.sql} like ?`, parameters: [operand] }
    default:
      throw invalid(`the condition on "${name}" has an unknown operator ${operator.slice(0, 40)}`)
  }
}

/** Amounts are stored as text, which has another order than numbers. */
function ordered({ sql, type }: Column): string {
  const { kind } = columnTypes[type]
  return kind === 'decimal' || kind === 'bigint' ? `cast(${sql} as real)` : sql
}

function compared(name: string, column: Column, comparison: string, operand: unknown): SqlPart {
  const { kind } = columnTypes[column.type]
  const stored = comparable(name, column, operand)
  const bound = kind === 'decimal' || kind === 'bigint' ? Number(stored) : stored
  return { sql: `${ordered(column)} ${comparison} ?`, parameters: [bound] }
}

function comparable(name: string, { type }: Column, value: unknown): SqlValue {
  const { kind } = columnTypes[type]
  if (kind === 'json' || kind === 'kvin') {
    throw invalid(`the column "${name}" can be compared with null only`)
  }
  return storeCell(name, type, value)
}

function equality(name: string, column: Column, value: unknown): SqlPart {
  const { sql, type, alias } = column
  const stored = comparable(name, column, value)
  const other = typeof stored === 'string' ? alias?.(stored) : undefined
  if (other !== undefined) return other
  const { kind, traits } = columnTypes[type]
  const ignoreCase = 'caseInsensitive' in traits || kind === 'address'
  return { sql: ignoreCase ? `lower(${sql}) = lower(?)` : `${sql} = ?`, parameters: [stored] }
}

function oneOf(name: string, column: Column, operand: unknown): SqlPart {
  if (!Array.isArray(operand) || operand.length > listMax) {
    throw invalid(`"in" of "${name}" must be an array of at most ${listMax} values`)
  }
  const values = operand as readonly unknown[]
  const stored = values
    .filter((value) => value !== null)
    .map((value) => comparable(name, column, value))
  const list = JSON.stringify(
    stored.map((value) => (typeof value === 'bigint' ? Number(value) : value)),
  )
  const sql = `${column.sql} in (select value from json_each(?))`
  return {
    sql: stored.length < values.length ? `${sql} or ${column.sql} is null` : sql,
    parameters: [list],
  }
}

/** `order by …`, or nothing. */
export function orderOf(
  table: Table,
  order: readonly { readonly column: string; readonly descending: boolean }[],
): string {
  if (order.length === 0) return ''
  const terms = order.map(
    ({ column, descending }) =>
      `${ordered(findColumn(table, column))} ${descending ? 'desc' : 'asc'}`,
  )
  return `order by ${terms.join(', ')}`
}
