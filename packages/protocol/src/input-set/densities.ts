/** The densities that the `stats` module of official programs defines, at a position x. */

/** Probability of x events where `rate` are expected. */
export function poisson(x: number, rate: number): number {
  if (Number.isNaN(x) || Number.isNaN(rate) || rate < 0) return Number.NaN
  if (!Number.isInteger(x) || x < 0) return 0
  if (rate === 0) return x === 0 ? 1 : 0
  return Math.exp(x * Math.log(rate) - rate - logFactorial(x))
}

/** Probability of x successes in n trials. */
export function binomial(x: number, n: number, probability: number): number {
  if (x > n) return Number.NaN
  if (probability === 0) return x === 0 ? 1 : 0
  if (probability === 1) return x === n ? 1 : 0
  const ways = logFactorial(n) - logFactorial(x) - logFactorial(n - x)
  return Math.exp(ways + x * Math.log(probability) + (n - x) * Math.log1p(-probability))
}

/**
 * The bell curve of official programs: not normalised, and the deviation widens nothing but narrows
 * it. Jobs get the same numbers here as there.
 */
export function normal(x: number, mean: number, deviation: number): number {
  return Math.exp((-((x - mean) ** 2) / 2) * deviation ** 2)
}

/** Sums of logarithms up to here; beyond, Stirling's series is as exact as a double. */
const small = 64

/** ln(n!). */
function logFactorial(n: number): number {
  if (n < small) {
    let sum = 0
    for (let i = 2; i <= n; i++) sum += Math.log(i)
    return sum
  }
  const series = 1 / (12 * n) - 1 / (360 * n ** 3) + 1 / (1260 * n ** 5)
  return n * Math.log(n) - n + Math.log(2 * Math.PI * n) / 2 + series
}
