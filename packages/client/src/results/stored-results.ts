/** The results that the scheduler keeps for a job: list, fetch, stat and delete. */
import {
  type ColumnFetchReply,
  DcpError,
  type SliceSet,
  encodeSliceSet,
  firstSlices,
  sliceCount,
  slicesIn,
  subtractSliceSet,
} from '@manyhands/protocol'

import type { ClientContext } from '../context.ts'
import { limits } from '../limits.ts'
import type { SchedulerLink } from '../scheduler/link.ts'
import { readResults } from './collector.ts'
import type { SliceStatus, StoredResults } from './result-handle.ts'
import { type SliceRange, rangeOfSlices, slicesOfRange } from './slice-range.ts'
import type { ResultStore } from './store.ts'

export interface StoredResultsOptions {
  readonly context: ClientContext
  readonly job: string
  readonly store: ResultStore
  /** Throws when the job was never deployed. */
  readonly assertDeployed: () => void
  readonly emitResult: (slice: number, value: unknown) => void
  readonly updated: () => void
}

type Page = ColumnFetchReply

/** Pages through `fetchResult@1`, of some slices or of all. */
export async function* fetchPages(
  { link }: { readonly link: SchedulerLink },
  job: string,
  wanted: SliceSet | undefined,
): AsyncIterable<Page> {
  const limit = limits.fetchPageSlices
  let left = wanted
  let from = 0
  while (left === undefined || left.length > 0) {
    const part = left === undefined ? undefined : firstSlices(left, limit)
    const which = part === undefined ? { from } : { slices: encodeSliceSet(part) }
    const data = { job, limit, ...which }
    // oxlint-disable-next-line no-await-in-loop -- each page says where the next one starts
    const page = (await link.request('resultSubmitter.fetchResult@1', data)) as Page
    yield page
    if (part === undefined) {
      if (!page.more || page.seq <= from) return
      from = page.seq
    } else {
      // A slice without a result is left out of its page, and is not asked for again, unless the
      // page was cut short.
      const got = readResults(page).slices
      const done = page.more && got.length > 0 ? firstSlices(part, position(part, got)) : part
      left = subtractSliceSet(left ?? [], done)
    }
  }
}

/** How many slices of `part` there are up to the last one of `got`. */
function position(part: SliceSet, got: SliceSet): number {
  const last = got.at(-1)?.[1] ?? 0
  return sliceCount(part.filter(([first]) => first <= last).map(([a, b]) => [a, Math.min(b, last)]))
}

function wantedSlices(range: SliceRange | undefined): SliceSet | undefined {
  return range === undefined ? undefined : slicesOfRange(range)
}

/** What the scheduler says of one result. */
interface ResultStat {
  readonly slice: number
  readonly distributedTime?: number
  readonly computedTime?: number
  readonly payment?: unknown
}

export function createStoredResults(options: StoredResultsOptions): StoredResults {
  const { context, job, store } = options
  const { link } = context

  async function listSlices(range: SliceRange | undefined): Promise<SliceSet> {
    options.assertDeployed()
    const which = range === undefined ? {} : { range: rangeOfSlices(slicesOfRange(range)) }
    const reply = await link.request('resultSubmitter.listResult', { job, ...which })
    return slicesOfRange(reply as SliceRange)
  }

  return {
    list: async (range) => rangeOfSlices(await listSlices(range)),
    async stat(range) {
      const found: SliceStatus[] = []
      for (let left = await listSlices(range); left.length > 0;) {
        const part = firstSlices(left, limits.statPageSlices)
        left = subtractSliceSet(left, part)
        const data = { job, range: rangeOfSlices(part) }
        // oxlint-disable-next-line no-await-in-loop -- one page after the other, as memory fills
        const page = await link.request('resultSubmitter.statResult', data)
        for (const { slice, distributedTime, computedTime, payment } of page as ResultStat[]) {
          found.push({ slice, distributedTime, computedTime, payment })
        }
      }
      return found
    },
    async fetch(range, emitEvents = false) {
      options.assertDeployed()
      for await (const page of fetchPages(context, job, wantedSlices(range))) {
        const { slices, values } = readResults(page)
        let index = 0
        for (const slice of slicesIn(slices)) {
          const value = values[index++]
          const news = !store.has(slice)
          store.put(slice, value)
          if (emitEvents === 'all' || (emitEvents && news)) options.emitResult(slice, value)
        }
        if (index > 0) options.updated()
      }
    },
    async delete(range) {
      options.assertDeployed()
      const owner = await context.owner()
      const which = range === undefined ? 'all' : rangeOfSlices(slicesOfRange(range))
      const data = { job, owner, range: which }
      const gone = await link.request('resultSubmitter.deleteResult', data)
      if (!Array.isArray(gone)) {
        throw new DcpError('EFORMAT', 'the scheduler did not say which results it deleted')
      }
      const slices = (gone as readonly unknown[]).map(Number)
      store.delete(slices)
      return slices
    },
  }
}
