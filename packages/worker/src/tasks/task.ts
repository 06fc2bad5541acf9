/**
 * A task in the worker's hands. Every slice of it ends exactly once: as a result, as a failure, given
 * back or withdrawn; until then it is either pending or in a sandbox.
 */
import { DcpError, hasSlice, parseSliceSet, slicesIn, splitColumn } from '@manyhands/protocol'
import type { ColumnTask, SliceSet } from '@manyhands/protocol'
import type { SliceBatch } from '@manyhands/sandbox'

import type { HeldJob } from './job.ts'
import { limits } from '../limits.ts'

export interface HeldTask {
  readonly lease: string
  readonly job: HeldJob
  /** The compute group in which the job was met. */
  readonly group: string | undefined
  readonly total: number
  /** Slices that have not ended. */
  readonly open: number
  /** Slices that have not ended and are in no sandbox. */
  readonly pending: number
  /** Sandboxes lost in a row before they ran a slice of it. */
  startFailures: number
  /** Where the result of a slice is to be posted; undefined: it goes to the scheduler. */
  resultLocation(slice: number): URL | undefined
  /** Takes up to `max` pending slices to run them. */
  take(max: number): SliceBatch
  /** Makes slices pending again that were taken and did not run. */
  putBack(slices: Iterable<number>): void
  /** False when the slice has ended. */
  isOpen(slice: number): boolean
  /** Ends a slice; false when it had ended before, and whatever came with it is to be dropped. */
  end(slice: number): boolean
  /** Ends slices that are of no more use, wherever they are; how many had not ended. */
  withdraw(slices: SliceSet): number
  /** Ends all pending slices and returns them. */
  endPending(): number[]
  /** Ends everything and returns what had not ended. */
  endAll(): number[]
  /** Ends everything: the lease is no longer ours. */
  abandon(): void
}

function inputReader(
  task: ColumnTask,
  job: HeldJob,
  slices: readonly number[],
): (n: number) => string {
  if (task.values === undefined) {
    const { range } = job
    if (range === undefined)
      throw new DcpError('EINVAL', 'a task without values and without a range')
    return (slice) => range.elementText(slice)
  }
  const texts = splitColumn(task.values)
  if (texts.length !== slices.length) {
    throw new DcpError('EINVAL', `a task of ${slices.length} slices with ${texts.length} values`)
  }
  const bySlice = new Map(slices.map((slice, index) => [slice, texts[index] ?? 'null']))
  return (slice) => bySlice.get(slice) ?? 'null'
}

function locationReader(
  { resultLocations }: ColumnTask,
  slices: readonly number[],
): HeldTask['resultLocation'] {
  if (resultLocations === undefined) return () => undefined
  if (resultLocations.length !== slices.length) {
    throw new DcpError('EINVAL', `a task of ${slices.length} slices with other locations`)
  }
  const bySlice = new Map<number, URL>()
  for (const [index, slice] of slices.entries()) {
    const location = resultLocations[index] ?? ''
    if (!URL.canParse(location)) {
      throw new DcpError('EBADARG', `the result of slice ${slice} has no location to go to`)
    }
    bySlice.set(slice, new URL(location))
  }
  return (slice) => bySlice.get(slice)
}

/** @throws DcpError `EINVAL` when slices and values of the task do not fit together. */
export function holdTask(task: ColumnTask, job: HeldJob): HeldTask {
  const slices = [...slicesIn(parseSliceSet(task.slices))]
  const input = inputReader(task, job, slices)
  const resultLocation = locationReader(task, slices)
  const open = new Set(slices)
  let waiting: readonly number[] = slices
  let next = 0
  let again: number[] = []
  let startFailures = 0

  function takeOne(): number | undefined {
    for (;;) {
      const slice = again.pop() ?? waiting[next++]
      if (slice === undefined || open.has(slice)) return slice
    }
  }

  function abandon(): void {
    open.clear()
    again = []
    waiting = []
    next = 0
  }

  return {
    lease: task.lease,
    job,
    group: task.group,
    resultLocation,
    total: slices.length,
    get open() {
      return open.size
    },
    get pending() {
      return open.size === 0 ? 0 : Math.max(0, waiting.length - next) + again.length
    },
    get startFailures() {
      return startFailures
    },
    set startFailures(count) {
      startFailures = count
    },
    take(max) {
      const taken: number[] = []
      const values: string[] = []
      let length = 0
      while (taken.length < max && length < limits.batchInputMax) {
        const slice = takeOne()
        if (slice === undefined) break
        const value = input(slice)
        length += value.length
        taken.push(slice)
        values.push(value)
      }
      return { slices: taken, values }
    },
    putBack(taken) {
      for (const slice of taken) if (open.has(slice)) again.push(slice)
      again.sort((a, b) => b - a)
    },
    isOpen: (slice) => open.has(slice),
    end: (slice) => open.delete(slice),
    withdraw(withdrawn) {
      const before = open.size
      for (const slice of open) if (hasSlice(withdrawn, slice)) open.delete(slice)
      if (open.size < before) {
        waiting = waiting.slice(next).filter((slice) => open.has(slice))
        next = 0
        again = again.filter((slice) => open.has(slice))
      }
      return before - open.size
    },
    endPending() {
      const ended: number[] = []
      for (let slice = takeOne(); slice !== undefined; slice = takeOne()) {
        open.delete(slice)
        ended.push(slice)
      }
      return ended
    },
    endAll() {
      const left = [...open]
      abandon()
      return left
    },
    abandon,
  }
}
