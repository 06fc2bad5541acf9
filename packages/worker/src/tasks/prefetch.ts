/**
 * How much work to ask for: at once when sandboxes idle, else when less than half of the present
 * tasks is left, so that the next one is there in time. Long slices are not hoarded.
 */
import { limits } from '../limits.ts'
import type { HeldTask } from './task.ts'

export interface Load {
  readonly tasks: Iterable<Pick<HeldTask, 'open' | 'pending' | 'job'>>
  /** Slices of the tasks that came last. */
  readonly lastTaskSize: number
  readonly sandboxes: number
  /** Sandboxes that could start a batch now. */
  readonly free: number
}

/** Sandboxes' worth of work; 0: nothing now. */
export function wantedLoad({ tasks, lastTaskSize, sandboxes, free }: Load): number {
  let open = 0
  let pending = 0
  let slow = false
  for (const task of tasks) {
    open += task.open
    pending += task.pending
    // A job that was not measured yet counts as slow: nobody knows.
    if ((task.job.pace.meanMs ?? Infinity) > limits.longSliceMs) slow = true
  }
  if (pending === 0 && free > 0) return slow ? free : sandboxes
  // Nothing in hand and nobody free: no sandbox can be had just now.
  if (open === 0 || slow) return 0
  return open * 2 < lastTaskSize ? sandboxes : 0
}
