/** Finds the job a request names, and checks that the caller may do what it asks. */
import { DcpError } from '@manyhands/protocol'
import type { Address } from '@manyhands/protocol'
import type { Turn } from '../turn.ts'
import { findJob } from './jobs-store.ts'
import type { JobRecord } from './jobs-store.ts'
import type { LiveJob } from './live-job.ts'

export interface FoundJob {
  readonly record: JobRecord
  /** The copy in memory; undefined once the job has ended. */
  readonly live: LiveJob | undefined
}

/** @throws DcpError `ENOENT`, `EPERM`. */
export function findOwnJob(
  turn: Turn,
  name: string,
  caller: Address,
  rights: { readonly payer?: boolean } = {},
): FoundJob {
  const record = findJob(turn.tx, name)
  if (record === undefined) throw new DcpError('ENOENT', `there is no job ${name}`)
  const allowed = record.owner === caller || (rights.payer === true && record.payer === caller)
  if (!allowed) throw new DcpError('EPERM', `the job ${name} belongs to another identity`)
  return { record, live: turn.jobs.byNo.get(record.no) }
}
