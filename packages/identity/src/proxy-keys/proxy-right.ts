/** What a right allows. Pure: no I/O, no clock. */
import type { Address } from '@manyhands/protocol'
import { BigNumber } from 'bignumber.js'

/** One row of a proxy key. */
export interface ProxyRightRow {
  readonly id: number
  readonly proxy: Address
  /** For whom the key acts. */
  readonly auth: Address
  /** Who made it. */
  readonly owner: Address
  /** A dot path; it stands for itself and for everything below it. */
  readonly operation: string
  /** The one job, worker or account it is for; null: any. */
  readonly related: string | null
  /** Credits left, a decimal; null: no limit. */
  readonly amount: string | null
  /** Uses left; null: no limit. */
  readonly uses: number | null
  /** Milliseconds since 1970; null: never. */
  readonly expires: number | null
  readonly label: string
  /** False: a right given to a key that somebody has for itself, which it does not narrow. */
  readonly minted: boolean
}

/** What somebody wants to do, and to what. */
export interface Need {
  readonly operation: string
  /** A job, a worker, an account; undefined: to nothing in particular. */
  readonly related?: string | undefined
}

/** `a.b` allows `a.b` and every `a.b.…`; `$login` allows everything. */
function allows(granted: string, operation: string): boolean {
  return granted === '$login' || operation === granted || operation.startsWith(`${granted}.`)
}

/** Ids are compared as they are, addresses in any case. */
function isSameTarget(a: string, b: string): boolean {
  return a === b || (/^0x[0-9a-f]{40}$/i.test(a) && a.toLowerCase() === b.toLowerCase())
}

/** True when the right covers the need; how often is for others to count. */
export function covers(right: ProxyRightRow, { operation, related }: Need): boolean {
  if (!allows(right.operation, operation)) return false
  if (right.related === null) return true
  return related !== undefined && isSameTarget(right.related, related)
}

/** A right asked for. */
export interface AskedRight {
  readonly operation: string
  readonly related: string | null
  readonly uses: number | null
  readonly amount: string | null
  readonly expires: number
}

/** True when a key with the one right may give the other away. */
export function includes(own: ProxyRightRow, asked: AskedRight): boolean {
  return (
    allows(own.operation, asked.operation) &&
    (own.related === null ||
      (asked.related !== null && isSameTarget(own.related, asked.related))) &&
    (own.expires === null || asked.expires <= own.expires) &&
    (own.uses === null || (asked.uses !== null && asked.uses <= own.uses)) &&
    (own.amount === null || (asked.amount !== null && new BigNumber(asked.amount).lte(own.amount)))
  )
}
