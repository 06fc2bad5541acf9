/** What is known of the slices of a job: of those that somebody touched, never of all. */
import { sliceCount, slicesIn } from '@manyhands/protocol'
import type { Transaction } from '@manyhands/service'
import type { JobRecord } from '../jobs/jobs-store.ts'
import type { LiveJob } from '../jobs/live-job.ts'

/** Slices in one report. */
const reportMax = 100_000

export interface SliceReport {
  readonly sliceNumber: number
  readonly status: string
  readonly distributedTime?: number
  readonly computedTime?: number
  readonly payment: string
  readonly attempts: number
  readonly history: readonly {
    readonly time: number
    readonly status: string
    readonly worker: string
  }[]
}

interface ComputedRow {
  readonly slice: bigint
  readonly worker: string
  readonly at: bigint
  readonly issued: bigint | null
  readonly attempts: bigint | null
}

/** Slices with a result, then those being computed. */
export function reportSlices(
  tx: Transaction,
  job: JobRecord,
  live: LiveJob | undefined,
): SliceReport[] {
  const rows = tx.all<ComputedRow>(
    `select r.slice, p.worker, p.at, p.issued, t.attempts from results r
      join payments p on p.id = r.payment
      left join slice_trouble t on t.job = r.job and t.slice = r.slice
      where r.job = ? order by r.slice limit ?`,
    [BigInt(job.no), BigInt(reportMax)],
  )
  return [...rows.map(computedSlice), ...activeSlices(live, reportMax - rows.length)]
}

function computedSlice(row: ComputedRow): SliceReport {
  const time = Number(row.at)
  return {
    sliceNumber: Number(row.slice),
    status: 'finished',
    ...(row.issued === null ? {} : { distributedTime: Number(row.issued) }),
    computedTime: time,
    payment: '0',
    attempts: Number(row.attempts ?? 0n) + 1,
    history: [{ time, status: 'finished', worker: workerId(row.worker) }],
  }
}

function activeSlices(live: LiveJob | undefined, limit: number): SliceReport[] {
  const slices: SliceReport[] = []
  for (const lease of live?.leases.values() ?? []) {
    for (const sliceNumber of slicesIn(lease.open)) {
      if (slices.length >= limit) return slices
      const status = 'scheduled'
      const history = [{ time: lease.issued, status, worker: workerId(lease.worker) }]
      const distributedTime = lease.issued
      slices.push({ sliceNumber, status, distributedTime, payment: '0', attempts: 1, history })
    }
  }
  return slices
}

/** A worker's key is its identity and its id. */
function workerId(key: string): string {
  return key.slice(key.indexOf('/') + 1)
}

export function countSlices(job: JobRecord, live: LiveJob | undefined): Record<string, number> {
  let scheduled = 0
  for (const lease of live?.leases.values() ?? []) scheduled += sliceCount(lease.open)
  return { new: job.total - job.computed - scheduled, scheduled, finished: job.computed }
}
