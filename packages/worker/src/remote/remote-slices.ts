/** Fetches the input of slices that is elsewhere, and posts the results that belong elsewhere. */
import { isDcpError, locationOf } from '@manyhands/protocol'
import type { SliceFailure } from '@manyhands/protocol'
import type { SliceBatch } from '@manyhands/sandbox'

import { failureOf } from '../failure.ts'
import { limits } from '../limits.ts'
import type { Remote } from './remote.ts'
import type { HeldTask } from '../tasks/task.ts'

/** A slice whose input could not be had, or whose result could not be brought away. */
export interface RemoteFailure {
  readonly slice: number
  readonly failure: SliceFailure
}

export interface FetchedBatch {
  readonly batch: SliceBatch
  readonly failed: readonly RemoteFailure[]
}

export function remoteFailure(error: unknown): SliceFailure {
  const { name, message } = error instanceof Error ? error : new Error(String(error))
  // Another worker may reach what this one does not.
  return failureOf({ name, message, code: isDcpError(error) ? error.code : 'EFETCH' })
}

/** Undefined: everything is here. */
export function fetchInputs(
  remote: Remote,
  task: HeldTask,
  batch: SliceBatch,
): Promise<FetchedBatch> | undefined {
  const locations = batch.values.map((value) => remoteLocation(value))
  if (locations.every((location) => location === undefined)) return undefined
  return fetchAll(remote, task, batch, locations)
}

/** Data URIs are values that came along; only what is somewhere else is fetched. */
function remoteLocation(value: string): URL | undefined {
  const location = locationOf(value)
  return location !== undefined && /^https?:/i.test(location) ? new URL(location) : undefined
}

async function fetchAll(
  remote: Remote,
  task: HeldTask,
  batch: SliceBatch,
  locations: readonly (URL | undefined)[],
): Promise<FetchedBatch> {
  const values: (string | undefined)[] = [...batch.values]
  const failed: RemoteFailure[] = []
  let next = 0
  async function fetchSome(): Promise<void> {
    while (next < locations.length) {
      const index = next++
      const location = locations[index]
      if (location === undefined) continue
      try {
        // oxlint-disable-next-line no-await-in-loop -- so many at a time
        values[index] = await remote.read(location, 'fetchData', task.group)
      } catch (error) {
        values[index] = undefined
        failed.push({ slice: batch.slices[index] ?? 0, failure: remoteFailure(error) })
      }
    }
  }
  await Promise.all(Array.from({ length: limits.fetchesAtOnce }, fetchSome))
  const here = batch.slices.flatMap((slice, index) => {
    const value = values[index]
    return value === undefined ? [] : [{ slice, value }]
  })
  return {
    batch: { slices: here.map(({ slice }) => slice), values: here.map(({ value }) => value) },
    failed,
  }
}
