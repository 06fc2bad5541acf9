import { describe, expect, it } from 'vitest'

import { marketValue } from '../compute/market.ts'
import { parsePaymentOffer } from './payment-offer.ts'

describe('a slice payment offer', () => {
  it.each([
    ['nothing', undefined, { mvMultSlicePayment: 1, absoluteSlicePayment: 0 }],
    ['compute.marketValue', marketValue, { mvMultSlicePayment: 1, absoluteSlicePayment: 0 }],
    ['a ratio', marketValue(1.5), { mvMultSlicePayment: 1.5, absoluteSlicePayment: 0 }],
    [
      'a ratio and a maximum',
      marketValue(2, 0.01),
      { mvMultSlicePayment: 2, absoluteSlicePayment: 0, maxSlicePayment: 0.01 },
    ],
    ['a number', 0.25, { mvMultSlicePayment: 0, absoluteSlicePayment: 0.25 }],
    ['free', 0, { mvMultSlicePayment: 0, absoluteSlicePayment: 0 }],
    ['a Number object', Object(3), { mvMultSlicePayment: 0, absoluteSlicePayment: 3 }],
    ['a big number', { toNumber: () => 7 }, { mvMultSlicePayment: 0, absoluteSlicePayment: 7 }],
    ['offerPerSlice', { offerPerSlice: 9 }, { mvMultSlicePayment: 0, absoluteSlicePayment: 9 }],
    ['maxPerRequest', { maxPerRequest: 9 }, { mvMultSlicePayment: 0, absoluteSlicePayment: 9 }],
  ])('may be %s', (_name, offer, fields) => {
    expect(parsePaymentOffer(offer)).toEqual(fields)
  })

  it.each([
    [-1, 'slicePaymentOffer'],
    [Number.NaN, 'slicePaymentOffer'],
    [Infinity, 'slicePaymentOffer'],
    [{ offerPerSlice: '1' }, 'offerPerSlice'],
    [{ marketValue: -2 }, 'marketValue'],
    ['much', 'slicePaymentOffer'],
    [{}, 'slicePaymentOffer'],
  ])('%j is refused, naming %s', (offer, field) => {
    expect(() => parsePaymentOffer(offer)).toThrow(
      expect.objectContaining({ code: 'EBADARG', details: { field } }),
    )
  })
})
