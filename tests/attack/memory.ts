/** How much memory the sandboxes of an evaluator take while an attack runs, as the host sees it. */
import { readdirSync, readFileSync } from 'node:fs'

import { readMemoryBytes } from '../../packages/evaluator/src/proc.ts'
import { attackLimits } from './limits.ts'

function childrenOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1')
        .trim()
        .split(' ')
        .filter((text) => text !== '')
        .map(Number),
    )
  } catch {
    // It ended while we looked.
    return []
  }
}

function usedBytes(pid: number): number {
  return childrenOf(pid).reduce(
    (sum, child) => sum + (readMemoryBytes(child) ?? 0) + usedBytes(child),
    0,
  )
}

function endAll(pid: number): void {
  for (const child of childrenOf(pid)) {
    endAll(child)
    try {
      process.kill(child, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
}

/** An outer cap on all that an evaluator has started; what it returns takes it away. */
export function capMemory(evaluator: number, mostMib: number): () => void {
  const timer = setInterval(() => {
    if (usedBytes(evaluator) > mostMib * (1 << 20)) endAll(evaluator)
  }, attackLimits.memorySampleMs)
  return () => clearInterval(timer)
}

export interface MemoryWatch {
  /** The most that was in use at once, mebibytes. */
  peakMib(): number
  close(): void
}

/** Looks again and again at all that an evaluator has started. */
export function watchMemory(evaluator: number): MemoryWatch {
  let peak = 0
  const timer = setInterval(() => {
    peak = Math.max(peak, usedBytes(evaluator))
  }, attackLimits.memorySampleMs)
  return {
    peakMib: () => Math.round(peak / (1 << 20)),
    close: () => clearInterval(timer),
  }
}
