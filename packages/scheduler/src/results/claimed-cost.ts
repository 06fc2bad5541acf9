/**
 * What a worker says its slices used, as far as it can be true: no more than the time since the lease
 * was given to it, in each of its sandboxes. Prices, means and reports rest on this.
 */
import type { LiveLease } from '../jobs/live-job.ts'
import { claimGraceMs } from '../limits.ts'
import type { Turn } from '../turn.ts'

/** Milliseconds on processors and on graphics processors. */
export interface Cost {
  readonly cpuMs: number
  readonly gpuMs: number
}

export const noCost: Cost = { cpuMs: 0, gpuMs: 0 }

export function addCost(a: Cost, b: Cost): Cost {
  return { cpuMs: a.cpuMs + b.cpuMs, gpuMs: a.gpuMs + b.gpuMs }
}

export interface Claim extends Cost {
  /** Key of the worker that makes it. */
  readonly worker: string
  readonly issued: number
  /** What the worker claimed for the same lease before; undefined when that is forgotten. */
  readonly live: LiveLease | undefined
}

export function credibleCost(turn: Turn, { worker, issued, live, cpuMs, gpuMs }: Claim): Cost {
  const sandboxes = Math.max(1, turn.workers.get(worker)?.sandboxes ?? 1)
  const mostMs = (Math.max(0, turn.now - issued) + claimGraceMs) * sandboxes
  const spent = live?.spent ?? noCost
  return {
    cpuMs: Math.min(cpuMs, Math.max(0, mostMs - spent.cpuMs)),
    gpuMs: Math.min(gpuMs, Math.max(0, mostMs - spent.gpuMs)),
  }
}
