/**
 * Exact decimals: numbers as they are written, so that three steps of 0.1 are 0.3 (design decision
 * 8). BigInts stay BigInts.
 */
import { BigNumber } from 'bignumber.js'

import { decimalDigitsMax } from '../limits.ts'
import { badField, isFields } from './input-range.ts'
import type { Fields, Place } from './input-range.ts'

/** Its own settings: other code of the process may have changed the library's. */
const Decimal: typeof BigNumber = BigNumber.clone({ EXPONENTIAL_AT: 21, RANGE: 10_000 })

export interface ExactNumber {
  readonly exact: BigNumber
  /** It was given as a BigInt. */
  readonly isBigint: boolean
}

const form = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?$/i

/** Reads a field that must be a finite number; throws EBADARG. */
export function exactNumber(value: Fields, field: string, place: Place): ExactNumber {
  const given = value[field]
  if (typeof given === 'bigint') return ofText(String(given), true, { place, field })
  if (typeof given === 'number') {
    if (!Number.isFinite(given)) badField(place, field, 'must be a finite number', given)
    return { exact: new Decimal(given), isBigint: false }
  }
  if (BigNumber.isBigNumber(given)) return ofText(given.toFixed(), false, { place, field })
  if (typeof given === 'string') return ofText(given, false, { place, field })
  // How a BigInt travels in JSON: in the form it has in KVIN.
  if (isFields(given) && typeof given['bigint'] === 'string') {
    return ofText(given['bigint'], true, { place, field })
  }
  if (given === undefined) return badField(place, field, 'is missing')
  return badField(place, field, 'must be a finite number', given)
}

interface Where {
  readonly place: Place
  readonly field: string
}

function ofText(text: string, isBigint: boolean, { place, field }: Where): ExactNumber {
  if (text.length > decimalDigitsMax) {
    badField(place, field, `must have at most ${decimalDigitsMax} digits`)
  }
  if (!form.test(text)) badField(place, field, 'must be a finite number', text)
  const exact = new Decimal(text)
  if (isBigint) {
    if (!exact.isInteger()) badField(place, field, 'must be an integer', text)
  } else if (!Number.isFinite(exact.toNumber())) {
    badField(place, field, 'must be a finite number', text)
  }
  return { exact, isBigint }
}

/** A decimal as JSON carries it: a number where that is the same, else text. */
export function decimalToWire({ exact, isBigint }: ExactNumber): unknown {
  if (isBigint) return { bigint: exact.toFixed() }
  const number = exact.toNumber()
  return new Decimal(number).eq(exact) ? number + 0 : exact.toString()
}

export { Decimal }
export type { BigNumber }
