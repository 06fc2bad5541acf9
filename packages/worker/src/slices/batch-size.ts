/**
 * How many slices a sandbox gets at once: one at first, then as many as fill two fifths of a
 * second by the mean of those seen, so that long slices stay single and tiny ones travel by hundreds.
 */
import { limits } from '../limits.ts'

export interface Pace {
  /** Mean wall time of a slice, milliseconds; undefined before the first one. */
  readonly meanMs: number | undefined
  /** Notes that `slices` slices took `elapsedMs` together. */
  note(slices: number, elapsedMs: number): void
  /** Slices for the next batch when `pending` wait and `sandboxes` share them. */
  next(pending: number, sandboxes: number): number
}

const weightOfNews = 0.3

export function createPace(): Pace {
  let meanMs: number | undefined
  let last = 0
  return {
    get meanMs() {
      return meanMs
    },
    note(slices, elapsedMs) {
      if (slices === 0) return
      const seen = elapsedMs / slices
      meanMs = meanMs === undefined ? seen : meanMs + weightOfNews * (seen - meanMs)
      last = Math.max(last, slices)
    },
    next(pending, sandboxes) {
      if (meanMs === undefined) return 1
      const slicesIn = (ms: number): number => ms / Math.max(meanMs ?? 0, 0.001)
      const share = Math.ceil(pending / Math.max(1, sandboxes))
      // A smaller one costs more on its way than it saves the other sandboxes.
      const least = Math.min(pending, Math.ceil(slicesIn(limits.batchLeastMs)))
      const grown = Math.max(1, last * limits.batchGrowth)
      const byTime = Math.max(1, Math.floor(slicesIn(limits.batchTargetMs)))
      return Math.min(Math.max(share, least), grown, byTime, limits.batchSlicesMax)
    },
  }
}
