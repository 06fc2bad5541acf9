/** What is killed, and what becomes of it. */
import { type Random, seededRandom } from '@manyhands/protocol'

import type { InputKind } from './job.ts'
import { limits } from './limits.ts'

export const targets = ['scheduler', 'worker', 'evaluator', 'client', 'client-by-value'] as const

export type Target = (typeof targets)[number]

/** One kill. */
export interface Moment {
  readonly target: Target
  readonly seed: number
  /** When it is killed, as a part of the job's undisturbed run time. */
  readonly fraction: number
  /** How long it stays away. */
  readonly absenceMs: number
}

/** Consecutive multiples of it, less their whole part, are spread evenly. */
const golden = (Math.sqrt(5) - 1) / 2
const jitter = 0.05
/** Nearly the whole run: past it the job may have ended. */
const fractionMax = 0.92

/** The same seed gives the same moment; consecutive seeds cover the whole run. */
export function momentOf(target: Target, seed: number): Moment {
  const random: Random = seededRandom(`${target}/${seed}`)
  const place = (seed * golden + jitter * random.float()) % 1
  return {
    target,
    seed,
    fraction: place * fractionMax,
    absenceMs: Math.floor(random.float() * limits.absenceMs),
  }
}

export function inputOf(target: Target): InputKind {
  return target === 'client-by-value' ? 'values' : 'range'
}
