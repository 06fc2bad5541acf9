/**
 * Reads input that was put away as too long for a row. A job whose input is gone from there can
 * never be computed: it ends, instead of keeping its workers from others.
 */
import { DcpError } from '@manyhands/protocol'
import { abortJob } from '../jobs/end-job.ts'
import type { LiveJob } from '../jobs/live-job.ts'
import { isLost } from '../values/shelf.ts'
import type { OperationDeps } from './call.ts'

/** @throws DcpError `EBUSY` when the job had to be ended: there may be work of others. */
export async function readInput<Value>(
  { turns, logger }: OperationDeps,
  { no, id }: LiveJob,
  read: Promise<Value>,
): Promise<Value> {
  try {
    return await read
  } catch (cause) {
    if (!isLost(cause)) throw cause
    logger.error('the input of a job is gone from the directory of values', { job: id })
    await turns.take((turn) => {
      const job = turn.jobs.byNo.get(no)
      const reason = 'the job was cancelled because its input was lost'
      if (job !== undefined) abortJob(turn, job, { reason, code: 'ENOENT' })
    })
    throw new DcpError('EBUSY', 'a task could not be read: ask again', { cause })
  }
}
