/**
 * What a worker is to hear of its leases: which are over, and which slices of others were withdrawn
 * because their results came from elsewhere. Notices of several turns are gathered into one.
 */
import { encodeSliceSet, unionSliceSet } from '@manyhands/protocol'
import type { SliceSet } from '@manyhands/protocol'
import type { LiveLease } from '../jobs/live-job.ts'

export interface LeaseNotice {
  readonly over: Set<string>
  /** Slices that were withdrawn, by their lease, which goes on. */
  readonly withdrawn: Map<string, SliceSet>
}

/** By the key of the worker that is to hear it. */
export type LeaseNews = Map<string, LeaseNotice>

/** The label that a worker subscribes to with the filter `{worker: id}`. */
export const leasesLabel = 'leases'

export function emptyNotice(): LeaseNotice {
  return { over: new Set(), withdrawn: new Map() }
}

export function isEmptyNotice({ over, withdrawn }: LeaseNotice): boolean {
  return over.size === 0 && withdrawn.size === 0
}

export function noteOver(news: LeaseNews, { id, worker }: LiveLease): void {
  addOver(noticeFor(news, worker), id)
}

export function noteWithdrawn(news: LeaseNews, { id, worker }: LiveLease, slices: SliceSet): void {
  addWithdrawn(noticeFor(news, worker), id, slices)
}

/** Adds as much of `more` as fits into a notice of `leasesMax` leases. */
export function gatherNotice(notice: LeaseNotice, more: LeaseNotice, leasesMax: number): void {
  const hasRoomFor = (id: string): boolean =>
    notice.over.size + notice.withdrawn.size < leasesMax || notice.withdrawn.has(id)
  for (const id of more.over) if (hasRoomFor(id)) addOver(notice, id)
  for (const [id, slices] of more.withdrawn) {
    if (hasRoomFor(id)) addWithdrawn(notice, id, slices)
  }
}

/** The data of its event. */
export function encodeNotice({ over, withdrawn }: LeaseNotice): Readonly<Record<string, unknown>> {
  const parts = [...withdrawn].map(([id, slices]) => [id, encodeSliceSet(slices)])
  return {
    eventName: leasesLabel,
    ...(over.size === 0 ? {} : { void: [...over] }),
    ...(parts.length === 0 ? {} : { withdrawn: parts }),
  }
}

function noticeFor(news: LeaseNews, worker: string): LeaseNotice {
  const known = news.get(worker)
  if (known !== undefined) return known
  const notice = emptyNotice()
  news.set(worker, notice)
  return notice
}

/** A lease that is over needs no other word. */
function addOver({ over, withdrawn }: LeaseNotice, id: string): void {
  withdrawn.delete(id)
  over.add(id)
}

function addWithdrawn({ over, withdrawn }: LeaseNotice, id: string, slices: SliceSet): void {
  if (over.has(id)) return
  withdrawn.set(id, unionSliceSet(withdrawn.get(id) ?? [], slices))
}
