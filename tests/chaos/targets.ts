/** What is killed, and what becomes of it. */
import { type Random, seededRandom } from '@manyhands/protocol'

import { type InputKind, sliceCount } from './job.ts'
import { limits } from './limits.ts'

export const targets = ['scheduler', 'worker', 'evaluator', 'client', 'client-by-value'] as const

export type Target = (typeof targets)[number]

/** One kill. */
export interface Moment {
  readonly target: Target
  readonly seed: number
  /** Results that the client has been told by then; 0: right after it began to deploy. */
  readonly results: number
  /** Time that passes after that. */
  readonly delayMs: number
  /** How long it stays away. */
  readonly absenceMs: number
}

/** Consecutive multiples of it, less their whole part, are spread evenly. */
const golden = (Math.sqrt(5) - 1) / 2
const jitter = 0.05
/** Below this the job may not even have been accepted. */
const early = 0.15

/**
 * The same seed gives the same moment, on a fast machine and on a busy one; consecutive seeds cover
 * the whole run.
 */
export function momentOf(target: Target, seed: number): Moment {
  const random: Random = seededRandom(`${target}/${seed}`)
  const place = (seed * golden + jitter * random.float()) % 1
  const spread = place < early ? limits.deployDelayMs : limits.killDelayMs
  return {
    target,
    seed,
    results: place < early ? 0 : Math.floor(((place - early) / (1 - early)) * sliceCount),
    delayMs: Math.floor(random.float() * spread),
    absenceMs: Math.floor(random.float() * limits.absenceMs),
  }
}

export function inputOf(target: Target): InputKind {
  return target === 'client-by-value' ? 'values' : 'range'
}
