/** Forgets what need not be known any more, and ends open jobs whose owner is gone. */
import type { Router } from './events/router.ts'
import { abortJob } from './jobs/end-job.ts'
import { deleteJob, jobsEndedBefore, writeContact } from './jobs/jobs-store.ts'
import { abandonMs, rememberMs, retentionMs } from './limits.ts'
import { forgetReplies } from './operations/replies-store.ts'
import { forgetWorkerRecords } from './tables/worker-records-store.ts'
import { forgetLeases } from './tasks/leases-store.ts'
import type { Turn } from './turn.ts'

/** Jobs deleted at a time: the writer should not be held up. */
const deletedMax = 20

export function keepHouse(turn: Turn, router: Pick<Router, 'hasListener'>): void {
  const { tx, now } = turn
  forgetReplies(tx, now)
  forgetLeases(tx, now - rememberMs)
  forgetWorkerRecords(tx, now)
  const forgotten = jobsEndedBefore(tx, now - retentionMs, deletedMax)
  for (const no of forgotten) deleteJob(tx, no)
  // Their numbers may be given to new jobs.
  if (forgotten.length > 0) turn.inputs.clear()
  for (const job of turn.jobs.byNo.values()) {
    const isWaiting = !job.closed || job.state === 'new'
    if (!isWaiting || now - job.lastContact <= abandonMs) continue
    if (router.hasListener(job.no)) {
      job.lastContact = now
      writeContact(tx, job.no, now)
      continue
    }
    const reason = 'the job waited for its owner, who was not heard of for 24 hours'
    abortJob(turn, job, { reason, code: 'ECANCEL' })
  }
}
