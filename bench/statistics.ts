// What is made of a handful of measurements: order and chance, no averages.
import { randomInt } from 'node:crypto'

/** The middle of the measurements; of an even number, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  return (quantile(values, 0.5, Math.floor) + quantile(values, 0.5, Math.ceil)) / 2
}

/** The value below which `share` of the measurements lie. */
export function percentile(values: readonly number[], share: number): number {
  return quantile(values, share, Math.ceil)
}

function quantile(
  values: readonly number[],
  share: number,
  round: (position: number) => number,
): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, round((sorted.length - 1) * share))] ?? Number.NaN
}

/** The same items in a random order. */
export function shuffled<T>(items: readonly T[]): T[] {
  const rest = [...items]
  const order: T[] = []
  while (rest.length > 0) order.push(...rest.splice(randomInt(rest.length), 1))
  return order
}
