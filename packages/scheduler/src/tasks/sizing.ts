/** How many slices a task should hold, and how long a slice takes on average. */
import { taskLeastMs, taskSlicesMax } from '../limits.ts'

export interface SizingInput {
  /** Work that one task should hold, milliseconds. */
  readonly targetMs: number
  /** Mean time of a slice; undefined before anything was measured. */
  readonly meanMs: number | undefined
  /** Slices nobody has got yet. */
  readonly remaining: number
  /** How many workers of the asker's size could compute now; a worker that is alone counts as one. */
  readonly sharers: number
}

/**
 * At least one. A job that was never measured starts with one; a tail is shared by all workers, and
 * one that is alone takes what is left.
 */
export function taskSize(input: SizingInput): number {
  const { meanMs } = input
  if (meanMs === undefined) return 1
  const slicesIn = (ms: number): number => (meanMs > 0 ? ms / meanMs : taskSlicesMax)
  const parts = input.sharers <= 1 ? 1 : 2 * input.sharers
  const byTail = Math.ceil(input.remaining / parts)
  const shared = Math.max(byTail, Math.ceil(slicesIn(taskLeastMs)))
  const size = Math.min(slicesIn(input.targetMs), shared, input.remaining, taskSlicesMax)
  return Math.max(1, Math.floor(size))
}

/** A mean that forgets: each new chunk counts fully, everything before it a little less than before. */
export interface Timing {
  readonly ms: number
  readonly slices: number
}

const memory = 0.7

export function addTiming(timing: Timing, ms: number, slices: number): Timing {
  return { ms: timing.ms * memory + ms, slices: timing.slices * memory + slices }
}

export function meanOf(timing: Timing): number | undefined {
  return timing.slices > 0 ? timing.ms / timing.slices : undefined
}
