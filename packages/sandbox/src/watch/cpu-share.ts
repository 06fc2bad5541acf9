/**
 * Shares the processor time that the host measured among the slices that used it, by the guest's wall
 * clock. All shares together never exceed what the host measured.
 */
export interface CpuShare {
  /** More time was used, as the process's counter says. */
  measured(totalMs: number): void
  /**
   * The shares of slices that ended, given their wall times and that of the slice in progress, which
   * keeps its part.
   */
  split(wallMs: readonly number[], currentMs: number): readonly number[]
}

export function createCpuShare(baselineMs: number): CpuShare {
  let total = baselineMs
  let undivided = 0
  return {
    measured(totalMs) {
      if (totalMs <= total) return
      undivided += totalMs - total
      total = totalMs
    },
    split(wallMs, currentMs) {
      const ended = wallMs.reduce((sum, ms) => sum + ms, 0)
      const all = ended + currentMs
      if (all === 0) return wallMs.map(() => 0)
      const given = undivided
      undivided -= given * (ended / all)
      return wallMs.map((ms) => given * (ms / all))
    },
  }
}
