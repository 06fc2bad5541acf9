/** Values of columns: from what a client sends to what is stored, and back. */
import { DcpError, prepareText } from '@manyhands/protocol'
import { BigNumber } from 'bignumber.js'

import type { SqlValue } from '../database/group-commit.ts'
import { columnTypes } from './column-types.ts'
import type { ColumnKind, ColumnTypeName } from './column-types.ts'

/** What a value is stored as. Throws EINVAL that names the column. */
export function storeCell(name: string, type: ColumnTypeName, value: unknown): SqlValue {
  if (value === null) return null
  const { kind } = columnTypes[type]
  const stored = stores[kind](value)
  if (stored === undefined) throw new DcpError('EINVAL', `"${name}" must be ${rules[kind]}`)
  return stored
}

const rules: Readonly<Record<ColumnKind, string>> = {
  integer: 'a safe integer',
  float: 'a finite number',
  seconds: 'seconds since 1970',
  date: 'a date, or milliseconds since 1970',
  text: 'text without the character NUL',
  boolean: 'true or false',
  bigint: 'an integer',
  decimal: 'a decimal number',
  url: 'a URL',
  json: 'JSON',
  kvin: 'a value that can be serialised',
  address: 'an address, 0x and 40 hex digits',
}

/** Undefined for what is not of the kind. */
const stores: Readonly<Record<ColumnKind, (value: unknown) => SqlValue | undefined>> = {
  integer: (value) => (Number.isSafeInteger(value) ? BigInt(value as number) : undefined),
  float: (value) => (typeof value === 'number' && Number.isFinite(value) ? value : undefined),
  seconds: (value) =>
    typeof value === 'number' && Number.isFinite(value) ? BigInt(Math.floor(value)) : undefined,
  date(value) {
    const ms = value instanceof Date ? value.getTime() : value
    const isDate = Number.isSafeInteger(ms) && Math.abs(ms as number) <= dateMax
    return isDate ? BigInt(ms as number) : undefined
  },
  text(value) {
    const text = value instanceof URL ? value.href : value
    return typeof text === 'string' && !text.includes('\0') ? text : undefined
  },
  boolean: (value) => (typeof value === 'boolean' ? BigInt(value) : undefined),
  bigint(value) {
    if (typeof value === 'bigint') return value.toString()
    return Number.isSafeInteger(value) ? String(value) : undefined
  },
  decimal: (value) => decimalOf(value)?.toFixed(),
  url(value) {
    const href = value instanceof URL ? value.href : value
    return typeof href === 'string' && URL.canParse(href) ? new URL(href).href : undefined
  },
  json(value) {
    const text = jsonText(value)
    return text?.includes('\\u0000') === true ? undefined : text
  },
  kvin: (value) => prepareText(value),
  address: (value) =>
    typeof value === 'string' && /^0x[0-9a-fA-F]{40}$/.test(value) ? value : undefined,
}

/** The last day a Date can name. */
const dateMax = 8.64e15

function jsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    // A BigInt or a cycle: there is no JSON of it.
    return undefined
  }
}

/** A finite decimal; undefined for anything else. */
export function decimalOf(value: unknown): BigNumber | undefined {
  if (typeof value !== 'number' && typeof value !== 'string' && !BigNumber.isBigNumber(value)) {
    return undefined
  }
  const number = new BigNumber(value)
  return number.isFinite() && number.toFixed().length <= 100 ? number : undefined
}

/** The KVIN form of a stored value, fit to stand anywhere in a document. */
export function showCell(type: ColumnTypeName, stored: SqlValue): unknown {
  if (stored === null) return { raw: null }
  return shows[columnTypes[type].kind](stored)
}

const number = (stored: SqlValue): unknown => Number(stored)

const shows: Readonly<Record<ColumnKind, (stored: SqlValue) => unknown>> = {
  integer: number,
  float: number,
  seconds: number,
  date: (stored) => ({ ctr: 19, ps: {}, arg: new Date(Number(stored)).toISOString() }),
  text: (stored) => ({ raw: String(stored) }),
  boolean: (stored) => ({ raw: Number(stored) !== 0 }),
  bigint: (stored) => ({ bigint: String(stored) }),
  decimal: (stored) => ({ ctr: 'BigNumber', ps: {}, arg: String(stored) }),
  url: (stored) => ({ ctr: 18, ps: {}, arg: String(stored) }),
  json: (stored) => JSON.parse(prepareText(JSON.parse(String(stored)))) as unknown,
  kvin: (stored) => JSON.parse(String(stored)) as unknown,
  address: (stored) => ({ ctr: 'dcpEth$$Address', ps: {}, arg: String(stored) }),
}

/** The value that a stored one stands for, for sums. */
export function decimalOfStored(stored: SqlValue): BigNumber {
  return decimalOf(typeof stored === 'bigint' ? stored.toString() : stored) ?? new BigNumber(0)
}
