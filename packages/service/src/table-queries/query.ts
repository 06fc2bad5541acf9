/** What a client asks: read from the body of its post, every member checked, nothing looked up yet. */
import { DcpError, isDcpError, unmarshal } from '@manyhands/protocol'
import type { KvinLabel } from '@manyhands/protocol'

import { membersMax, rowsMax } from './limits.ts'

export type Members = Readonly<Record<string, unknown>>

export interface Order {
  readonly column: string
  readonly descending: boolean
}

export interface Query {
  readonly table: string
  /** Column → condition, or value to be stored. */
  readonly prototype: Members
  /** For changes: column → condition. */
  readonly original: Members | undefined
  readonly order: readonly Order[]
  readonly limit: number | undefined
  readonly skip: number
  readonly variant: string
  readonly options: Members
  /** Which KVIN the client reads. */
  readonly label: KvinLabel
}

export function isMembers(value: unknown): value is Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function invalid(message: string): DcpError {
  return new DcpError('EINVAL', message)
}

/** Newer clients send KVIN v9 under its own name; older ones v8. */
export function labelOf(body: Members): KvinLabel {
  return body['queryKVINv9'] === undefined ? 'v8' : 'v9'
}

/** @throws DcpError `EINVAL` that names the member. */
export function readQuery(body: Members, defaultVariant: string): Query {
  const query = decodeQuery(body)
  const { table, prototype, original } = query
  if (typeof table !== 'string') throw invalid('"table" must be the name of a table')
  const options = body['options'] ?? {}
  if (!isMembers(options)) throw invalid('"options" must be an object')
  const { variant = defaultVariant } = options
  if (typeof variant !== 'string') throw invalid('"options.variant" must be text')
  return {
    table,
    prototype: readMembers('prototype', prototype),
    original: original === undefined ? undefined : readMembers('original', original),
    order: readOrder(query),
    limit: readCount('limit', query['limit']),
    skip: readCount('skip', query['skip']) ?? 0,
    variant,
    options,
    label: labelOf(body),
  }
}

function decodeQuery(body: Members): Members {
  let query: unknown
  try {
    query = unmarshal(body['queryKVINv9'] ?? body['queryKVIN'])
  } catch (cause) {
    if (!isDcpError(cause)) throw cause
    throw new DcpError('EINVAL', `the query cannot be read: ${cause.message}`, { cause })
  }
  if (!isMembers(query)) throw invalid('the query must be an object')
  return query
}

function readMembers(name: string, value: unknown): Members {
  if (!isMembers(value)) throw invalid(`"${name}" must be an object of columns`)
  if (Object.keys(value).length > membersMax) {
    throw invalid(`"${name}" must have at most ${membersMax} columns`)
  }
  return value
}

function readCount(name: string, value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number
  throw invalid(`"${name}" must be an integer from 0`)
}

const orderRule = '"order" must be a column, or an array of {column: "asc" or "desc"}'

function readOrder({ order, desc }: Members): Order[] {
  if (order === undefined || order === null) return []
  if (typeof order === 'string') return [{ column: order, descending: desc === true }]
  if (!Array.isArray(order) || order.length > membersMax) throw invalid(orderRule)
  return order.map((entry: unknown): Order => {
    if (typeof entry === 'string') return { column: entry, descending: false }
    const [pair, ...others] = isMembers(entry) ? Object.entries(entry) : []
    if (pair === undefined || others.length > 0) throw invalid(orderRule)
    const [column, direction] = pair
    if (direction !== 'asc' && direction !== 'desc') throw invalid(orderRule)
    return { column, descending: direction === 'desc' }
  })
}

/** Rows of one answer: what was asked for, up to the limit. */
export function pageOf({ limit, skip }: Query): { readonly limit: number; readonly skip: number } {
  return { limit: Math.min(limit ?? rowsMax, rowsMax), skip }
}
