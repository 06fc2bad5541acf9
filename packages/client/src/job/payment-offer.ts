/** What a deployer offers for each slice, in all the forms the Compute API knows. */
import { DcpError } from '@manyhands/protocol'

/** What `compute.marketValue(ratio, max)` makes: market value times `ratio`, at most `max` a slice. */
export interface MarketOffer {
  readonly marketValue: number
  readonly maxPerSlice?: number
}

interface SlicePaymentDescriptor {
  /** Credits for one slice. */
  readonly offerPerSlice: number
}

/** A BigNumber of whatever library, or a `Number` object. */
interface BoxedNumber {
  valueOf(): unknown
  toNumber?: () => number
}

export type SlicePaymentOffer =
  | number
  | bigint
  | MarketOffer
  | SlicePaymentDescriptor
  | { readonly maxPerRequest: number }
  | BoxedNumber
  /** `compute.marketValue` itself. */
  | ((ratio?: number, max?: number) => MarketOffer)

/** The members of a `submit` request. */
export interface OfferFields {
  readonly mvMultSlicePayment: number
  readonly absoluteSlicePayment: number
  readonly maxSlicePayment?: number
}

function credits(value: unknown, field: string): number {
  const number = typeof value === 'bigint' ? Number(value) : value
  if (typeof number !== 'number' || !Number.isFinite(number) || number < 0) {
    throw new DcpError(
      'EBADARG',
      `${field} must be a number of credits from 0, not ${String(value)}`,
      { details: { field } },
    )
  }
  return number
}

function absolute(value: unknown, field: string): OfferFields {
  return { mvMultSlicePayment: 0, absoluteSlicePayment: credits(value, field) }
}

function market(ratio: unknown, max: unknown): OfferFields {
  return {
    mvMultSlicePayment: credits(ratio, 'marketValue'),
    absoluteSlicePayment: 0,
    ...(max === undefined ? {} : { maxSlicePayment: credits(max, 'maxPerSlice') }),
  }
}

function boxed(offer: BoxedNumber): number | undefined {
  if (typeof offer.toNumber === 'function') return offer.toNumber()
  const value = offer.valueOf()
  return typeof value === 'number' ? value : undefined
}

/** Throws EBADARG naming the member that is wrong. No offer means market value. */
export function parsePaymentOffer(offer: unknown): OfferFields {
  if (offer === undefined || typeof offer === 'function') return market(1, undefined)
  if (typeof offer === 'number' || typeof offer === 'bigint') {
    return absolute(offer, 'slicePaymentOffer')
  }
  if (typeof offer === 'object' && offer !== null) {
    const members = offer as Record<string, unknown>
    if ('offerPerSlice' in offer) return absolute(members.offerPerSlice, 'offerPerSlice')
    if ('maxPerRequest' in offer) return absolute(members.maxPerRequest, 'maxPerRequest')
    if ('marketValue' in offer) return market(members.marketValue, members.maxPerSlice)
    const number = boxed(offer as BoxedNumber)
    if (number !== undefined) return absolute(number, 'slicePaymentOffer')
  }
  throw new DcpError(
    'EBADARG',
    'slicePaymentOffer must be a number, compute.marketValue, or an object with offerPerSlice',
    { details: { field: 'slicePaymentOffer' } },
  )
}
