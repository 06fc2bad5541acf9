/** Appends uploaded slices to a by-value job. */
import { DcpError } from '@manyhands/protocol'
import { valueMax, valuesMax } from '../limits.ts'
import type { Turn } from '../turn.ts'
import type { FoundJob } from './find-job.ts'
import { writeTotal } from './jobs-store.ts'
import { findPile, storePile } from './piles.ts'
import { startJob } from './start-job.ts'

/**
 * The highest slice number after the addition. An upload with the same stamp is added once.
 * @throws DcpError `EBADARG`, `EJOBCLOSED`, `ETOOBIG`, `ETOOMANYTASKS`.
 */
export function addSlices(
  turn: Turn,
  { record, live }: FoundJob,
  texts: readonly string[],
  stamp: string,
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
  if (live.total + texts.length > valuesMax) {
    throw new DcpError('ETOOMANYTASKS', `a job may have at most ${valuesMax} uploaded slices`)
  }
  for (const [index, text] of texts.entries()) {
    if (text.length <= valueMax) continue
    const slice = live.total + index + 1
    throw new DcpError('ETOOBIG', `slice ${slice} is longer than ${valueMax} characters`)
  }
  storePile(tx, record.no, live.total + 1, texts, stamp)
  live.total += texts.length
  live.lastContact = now
  writeTotal(tx, record.no, live.total, now)
  startJob(turn, live)
  return live.total
}
