/** Appends uploaded slices to a by-value job. */
import { DcpError } from '@manyhands/protocol'
import { valuesMax } from '../limits.ts'
import type { Turn } from '../turn.ts'
import type { RowValue } from '../values/row-value.ts'
import type { FoundJob } from './find-job.ts'
import { writeNeedsKvin9, writeTotal } from './jobs-store.ts'
import { storePile } from './piles.ts'
import { findPile } from './piles-store.ts'
import { startJob } from './start-job.ts'

export interface Upload {
  readonly values: readonly RowValue[]
  readonly stamp: string
  /** Workers of dialect 4 cannot read all of them. */
  readonly needsKvin9: boolean
}

/**
 * The highest slice number after the addition. An upload with the same stamp is added once.
 * @throws DcpError `EBADARG`, `EJOBCLOSED`, `ETOOMANYTASKS`.
 */
export function addSlices(
  turn: Turn,
  { record, live }: FoundJob,
  { values, stamp, needsKvin9 }: Upload,
): number {
  const { tx, now } = turn
  if (record.inputKind !== 'values') {
    throw new DcpError('EBADARG', 'slices can be added only to a job whose input is uploaded')
  }
  const before = findPile(tx, record.no, stamp)
  if (before !== undefined) return before
  if (live === undefined || live.closed) {
    throw new DcpError('EJOBCLOSED', `the job ${record.id} is ${live ? 'closed' : record.state}`)
  }
  if (live.total + values.length > valuesMax) {
    throw new DcpError('ETOOMANYTASKS', `a job may have at most ${valuesMax} uploaded slices`)
  }
  storePile(tx, { job: record.no, first: live.total + 1, values, stamp })
  live.total += values.length
  if (needsKvin9 && !live.needsKvin9) {
    live.needsKvin9 = true
    writeNeedsKvin9(tx, record.no)
  }
  live.lastContact = now
  writeTotal(tx, record.no, live.total, now)
  startJob(turn, live)
  return live.total
}
