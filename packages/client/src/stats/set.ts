/**
 * Distribution objects: input sets that are described by a law of chance instead of listed. The
 * numbers are drawn once per job from a seed, so that every reader of a slice sees the same one.
 */
import { DcpError } from '@manyhands/protocol'

export interface DistributionObject {
  readonly distributor: Readonly<Record<string, never>>
  /** Size of the set. */
  readonly length: number
  readonly dist: 'normalRNG' | 'random' | 'randomInt'
  readonly params: readonly number[]
}

function refuse(field: string, must: string): never {
  throw new DcpError('EBADARG', `${field} ${must}`, { details: { field } })
}

function finite(value: number, name: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    refuse(name, `must be a finite number, not ${String(value)}`)
  }
  return value
}

function distribution(
  dist: DistributionObject['dist'],
  n: number,
  params: readonly number[],
): DistributionObject {
  if (!Number.isSafeInteger(n) || n < 1) {
    refuse('n', `must be a whole number from 1, not ${String(n)}`)
  }
  return { distributor: {}, length: n, dist, params }
}

function interval(min: number, max: number): readonly [number, number] {
  if (finite(max, 'max') <= finite(min, 'min')) {
    refuse('max', `must be greater than min (${min}), not ${max}`)
  }
  return [min, max]
}

export interface StatsSet {
  /** `n` numbers in a normal distribution around `mean`. */
  normalRNG(n: number, mean: number, standardDeviation: number): DistributionObject
  /** `n` evenly distributed numbers x with min ≤ x < max. */
  random(n: number, min: number, max: number): DistributionObject
  /** `n` evenly distributed whole numbers x with min ≤ x < max. */
  randomInt(n: number, min: number, max: number): DistributionObject
}

/** The exports of the module `stats`. */
export const set: StatsSet = {
  normalRNG(n, mean, standardDeviation) {
    const deviation = finite(standardDeviation, 'standardDeviation')
    if (deviation < 0) refuse('standardDeviation', `must not be negative, as ${deviation} is`)
    return distribution('normalRNG', n, [finite(mean, 'mean'), deviation])
  },
  random: (n, min, max) => distribution('random', n, interval(min, max)),
  randomInt: (n, min, max) => distribution('randomInt', n, interval(min, max)),
}
