/** Market value as an offer, and what a slice costs at given rates. */
import { DcpError } from '@manyhands/protocol'

import { type MarketOffer, parsePaymentOffer } from '../job/payment-offer.ts'

/** As an offer by itself: market value, with no upper limit. Called: times `ratio`, at most `max`. */
export type MarketValue = (ratio?: number, max?: number) => MarketOffer

/** Throws EBADARG for a ratio or maximum that is not a number from 0. */
export const marketValue: MarketValue = (ratio = 1, max) => {
  const offer: MarketOffer = {
    marketValue: ratio,
    ...(max === undefined ? {} : { maxPerSlice: max }),
  }
  parsePaymentOffer(offer)
  return offer
}

/** What one slice uses. */
export interface SliceProfile {
  readonly cpuHours: number
  readonly gpuHours: number
  readonly inputBytes: number
  readonly outputBytes: number
}

/** Credits per unit; the capitals of the Compute API 1.5.2 are understood too. */
export interface WorkValue {
  readonly cpuHour: number
  readonly gpuHour: number
  readonly inputMByte: number
  readonly outputMByte: number
}

const bytesPerMByte = 1_000_000

function member(from: object, ...names: readonly string[]): number {
  const members = from as Record<string, unknown>
  for (const name of names) {
    const value = members[name]
    if (value === undefined) continue
    if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) {
      throw new DcpError('EBADARG', `${name} must be a number from 0`, { details: { field: name } })
    }
    return value
  }
  return 0
}

/** Credits for a slice of that profile at those rates; nothing for the job as a whole. */
export function calculateSlicePayment(
  profile: Partial<SliceProfile>,
  rates: Partial<WorkValue>,
): number {
  return (
    member(profile, 'cpuHours') * member(rates, 'cpuHour', 'CPUHour') +
    member(profile, 'gpuHours') * member(rates, 'gpuHour', 'GPUHour') +
    (member(profile, 'inputBytes') / bytesPerMByte) * member(rates, 'inputMByte', 'InputMByte') +
    (member(profile, 'outputBytes') / bytesPerMByte) * member(rates, 'outputMByte', 'OutputMByte')
  )
}
