/** Reads rows, or what they come to together, of those that the caller may see. */
import { DcpError } from '@manyhands/protocol'

import type { SqlValue, Transaction } from '../database/group-commit.ts'
import { decimalOfStored, showCell } from './cell.ts'
import { columnTypes } from './column-types.ts'
import { allOf, conditionsOf, findColumn, orderOf, searchesOf } from './conditions.ts'
import { answerMax, membersMax, rowsMax } from './limits.ts'
import { pageOf } from './query.ts'
import type { Query } from './query.ts'
import type { Caller, SqlPart, Table } from './table.ts'

type Row = Readonly<Record<string, SqlValue>>

/** A prepared value: what the results header is made of. */
export function selectRows(tx: Transaction, table: Table, query: Query, caller: Caller): unknown {
  const where = allOf([table.rows(caller), wanted(table, query)])
  switch (query.variant) {
    case 'select':
    case 'search':
    case 'isearch':
      return plainRows(tx, table, query, where)
    case 'count':
      return countOf(tx, table, where)
    case 'groupCount':
      return groupCounts(tx, table, query, where)
    case 'distinct':
      return distinctRows(tx, table, query, where)
    case 'sum':
    case 'avg':
    case 'max':
    case 'min':
      return aggregate(tx, table, query, where)
    default:
      throw new DcpError('EINVAL', `select has no variant ${query.variant.slice(0, 80)}`)
  }
}

function wanted(table: Table, { prototype, variant }: Query): SqlPart {
  return variant === 'search' || variant === 'isearch'
    ? searchesOf(table, prototype, variant === 'isearch')
    : conditionsOf(table, prototype)
}

function plainRows(tx: Transaction, table: Table, query: Query, where: SqlPart): unknown {
  const { limit, skip } = pageOf(query)
  const names = Object.keys(table.columns)
  // Names of columns are quoted, since a client's words are not always free in SQL.
  const list = names.map((name) => `${table.columns[name]?.sql} as "${name}"`).join(', ')
  const rows = tx.all<Row>(
    `select ${list} from ${table.source} where ${where.sql} ${orderOf(table, query.order)}
      limit ? offset ?`,
    [...where.parameters, BigInt(limit + 1), BigInt(skip)],
  )
  if (rows.length > limit && limit !== query.limit) {
    throw new DcpError('EINVAL', `more than ${rowsMax} rows: ask for them with "limit" and "skip"`)
  }
  const shown = rows.slice(0, limit).map((row) => shownRow(tx, table, row))
  const [firstRow, ...remainingRows] = shown
  const header: Record<string, unknown> = {
    rowCount: shown.length,
    firstRow: firstRow ?? { raw: null },
    remainingRows: { arr: remainingRows },
  }
  if (query.options['count'] === true) header['totalRowCount'] = countOf(tx, table, where)
  return withinAnswer({ ctr: 0, ps: header })
}

function shownRow(tx: Transaction, { columns, derived = {} }: Table, row: Row): unknown {
  const cells: Record<string, unknown> = {}
  for (const [name, { type }] of Object.entries(columns)) {
    cells[name] = showCell(type, row[name] ?? null)
  }
  for (const [name, { type, derive, from }] of Object.entries(derived)) {
    cells[name] = showCell(type, derive(tx, row[from] ?? null))
  }
  return { ctr: 0, ps: cells }
}

function withinAnswer(answer: unknown): unknown {
  if (JSON.stringify(answer).length <= answerMax) return answer
  const message = `these rows have more than ${answerMax} characters: ask for fewer with "limit"`
  throw new DcpError('ETOOBIG', message)
}

function countOf(tx: Transaction, { source }: Table, where: SqlPart): number {
  const sql = `select count(*) as n from ${source} where ${where.sql}`
  return Number(tx.all<{ n: bigint }>(sql, where.parameters)[0]?.n ?? 0n)
}

function groupCounts(tx: Transaction, table: Table, { options }: Query, where: SqlPart): unknown {
  const { groups } = options
  const names: readonly unknown[] = Array.isArray(groups) ? groups : [groups]
  if (names.length > membersMax || !names.every((name) => typeof name === 'string')) {
    throw new DcpError('EINVAL', '"options.groups" must be a column, or an array of columns')
  }
  const list = names.map((name) => `${findColumn(table, name).sql} as "${name}"`)
  const places = names.map((_name, place) => place + 1)
  const rows = tx.all<Row>(
    `select ${list.join(', ')}, count(*) as " n" from ${table.source} where ${where.sql}
      group by ${places.join(', ')} order by ${places.join(', ')} limit ?`,
    [...where.parameters, BigInt(rowsMax)],
  )
  return {
    arr: rows.map((row) => {
      const cells = names.map((name) => [
        name,
        showCell(findColumn(table, name).type, row[name] ?? null),
      ])
      return { ctr: 0, ps: { ...Object.fromEntries(cells), count: Number(row[' n']) } }
    }),
  }
}

function columnName({ options }: Query): string {
  const { columnName: name } = options
  if (typeof name === 'string') return name
  throw new DcpError('EINVAL', '"options.columnName" must be the name of a column')
}

function distinctRows(tx: Transaction, table: Table, query: Query, where: SqlPart): unknown {
  const name = columnName(query)
  const { sql, type } = findColumn(table, name)
  const rows = tx.all<{ value: SqlValue }>(
    `select distinct ${sql} as value from ${table.source} where ${where.sql} order by 1 limit ?`,
    [...where.parameters, BigInt(rowsMax)],
  )
  const shown = rows.map(({ value }) => ({ ctr: 0, ps: { [name]: showCell(type, value) } }))
  return withinAnswer({ arr: shown })
}

/** Clients look into whatever they are given, so that nothing at all is told as NaN, not as null. */
const nothing = { number: 'NaN' }

function aggregate(tx: Transaction, table: Table, query: Query, where: SqlPart): unknown {
  const name = columnName(query)
  const { sql, type } = findColumn(table, name)
  const { kind } = columnTypes[type]
  const from = `from ${table.source} where ${where.sql} and ${sql} is not null`
  const values = <Value>(expression: string): Value | undefined =>
    tx.all<{ value: Value }>(`select ${expression} as value ${from}`, where.parameters)[0]?.value
  if (query.variant === 'max' || query.variant === 'min') {
    // Amounts are text; only their row knows the exact one.
    const direction = query.variant === 'max' ? 'desc' : 'asc'
    const by = kind === 'decimal' || kind === 'bigint' ? `cast(${sql} as real)` : sql
    const rows = tx.all<{ value: SqlValue }>(
      `select ${sql} as value ${from} order by ${by} ${direction} limit 1`,
      where.parameters,
    )
    return rows[0] === undefined ? nothing : showCell(type, rows[0].value)
  }
  if (kind === 'decimal') {
    const all = tx.all<{ value: SqlValue }>(`select ${sql} as value ${from}`, where.parameters)
    const sum = all.reduce((total, { value }) => total.plus(decimalOfStored(value)), zero)
    if (query.variant === 'sum') return showCell('finNum', sum.toFixed())
    return all.length === 0 ? nothing : showCell('finNum', sum.div(all.length).toFixed())
  }
  if (kind !== 'integer' && kind !== 'float') {
    throw new DcpError('EINVAL', `${query.variant} needs a column of numbers, not "${name}"`)
  }
  if (query.variant === 'sum') return Number(values<SqlValue>(`total(${sql})`) ?? 0)
  const average = values<SqlValue>(`avg(${sql})`)
  return average === undefined || average === null ? nothing : Number(average)
}

const zero = decimalOfStored('0')
