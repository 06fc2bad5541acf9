/** Reads results again, as far as they exist. */
import { DcpError, firstSlices, sliceCount, sliceSetOf } from '@manyhands/protocol'
import type { SliceSet } from '@manyhands/protocol'
import type { Transaction } from '@manyhands/service'
import type { JobRecord } from '../jobs/jobs-store.ts'
import { fetchBytesMax, fetchRowsMax, fetchSlicesMax, uriInlineMax } from '../limits.ts'
import type { RowValue } from '../values/row-value.ts'
import { columnOfRows, endOfRun, readColumn, readValues, resultSizes } from './results-store.ts'
import type { StoredColumn } from './results-store.ts'

export interface FetchedRow {
  readonly slice: number
  readonly value: RowValue
}

/** Characters of a location. */
const locationBytes = 200

/** @throws DcpError `ETOOBIG` when the values are longer than one reply may be. */
export function fetchRows(
  tx: Transaction,
  job: JobRecord,
  slices: SliceSet | undefined,
): FetchedRow[] {
  const sizes = resultSizes(tx, job.no, slices, fetchRowsMax + 1)
  let bytes = 0
  for (const [index, { slice, size }] of sizes.entries()) {
    bytes += size > uriInlineMax ? locationBytes : size
    if (bytes <= fetchBytesMax && index < fetchRowsMax) continue
    const first = sizes[0]?.slice ?? 1
    throw new DcpError(
      'ETOOBIG',
      `there are more results than one reply may hold: fetch slices ${first} to ${slice - 1} first`,
    )
  }
  return readValues(tx, job.no, sliceSetOf(sizes.map(({ slice }) => slice)))
}

export interface FetchedColumn extends StoredColumn {
  /** Position after which to continue. */
  readonly seq: number
  readonly more: boolean
}

/** The next results in the order they were accepted. */
export function fetchAfter(
  tx: Transaction,
  job: JobRecord,
  from: number,
  limit: number,
): FetchedColumn {
  const count = Math.min(limit, fetchSlicesMax)
  const seq = endOfRun(tx, job.no, from, { count, bytes: fetchBytesMax })
  return { seq, ...readColumn(tx, job.no, from, seq), more: seq < job.seq }
}

/** Results of some slices; `more` when there are more of them than fit. */
export function fetchColumn(
  tx: Transaction,
  job: JobRecord,
  slices: SliceSet,
  limit: number,
): FetchedColumn {
  const count = Math.min(limit, fetchSlicesMax)
  const sizes = resultSizes(tx, job.no, slices, count + 1)
  let bytes = 0
  let fit = 0
  for (const { size } of sizes) {
    bytes += size
    if (fit >= count || (bytes > fetchBytesMax && fit > 0)) break
    fit++
  }
  const available = sliceSetOf(sizes.map(({ slice }) => slice))
  const chosen = firstSlices(available, fit)
  return {
    seq: job.seq,
    ...columnOfRows(readValues(tx, job.no, chosen)),
    more: sliceCount(available) > fit,
  }
}
