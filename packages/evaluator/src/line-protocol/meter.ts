/**
 * What a slice cost, measured outside of the sandbox: processor time of its process and wall time,
 * from the answer that precedes the slice to its end. What the sandbox says of it is not believed.
 */
export interface SliceMeter {
  /** The sandbox is ready for a slice. */
  begin(): void
  /** The cost so far in milliseconds; the sandbox's own figure holds where it is less. */
  read(claimedMs: number): SliceCost
}

/** The names of the official measurement. */
export interface SliceCost {
  readonly total: number
  readonly CPU: number
  /** 0 where nobody can measure it. */
  readonly webGPU: number
}

export interface SliceClocks {
  readonly cpuMs: () => number | undefined
  readonly gpuMs: () => number | undefined
  readonly now: () => number
}

export function createSliceMeter({ cpuMs, gpuMs, now }: SliceClocks): SliceMeter {
  let cpuBefore = 0
  let gpuBefore = 0
  let since = now()
  return {
    begin() {
      cpuBefore = cpuMs() ?? 0
      gpuBefore = gpuMs() ?? 0
      since = now()
    },
    read(claimedMs) {
      const wall = Math.max(0, now() - since)
      const claimed = Number.isFinite(claimedMs) ? Math.max(0, claimedMs) : wall
      const total = Math.min(wall, claimed)
      const used = cpuMs()
      // The worker takes the quotient for the share of a core that the job needs, and starts nothing
      // that needs more cores than it has: a slice is one thread, whatever the engine did beside it.
      const CPU = used === undefined ? total : Math.min(total, Math.max(0, used - cpuBefore))
      const webGPU = Math.min(total, Math.max(0, (gpuMs() ?? 0) - gpuBefore))
      return { total, CPU, webGPU }
    },
  }
}
