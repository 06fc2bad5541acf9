/** The status object of a job (operations §6.1). */
import { jobFlags } from '@manyhands/protocol'
import type { JobRecord } from '../jobs/jobs-store.ts'
import { distributed } from '../jobs/live-job.ts'

export function statusOf(job: JobRecord): Record<string, unknown> {
  return {
    job: job.id,
    uuid: job.id,
    address: job.address,
    jobAddress: job.address,
    ownerAddress: job.owner,
    paymentAccount: job.payer,
    name: job.name,
    description: job.description,
    link: job.link,
    status: job.state,
    runStatus: job.state,
    deployTime: job.deployed,
    endTime: job.ended,
    lastSliceNumber: job.total,
    nextSliceNumber: job.next,
    total: job.total,
    distributed: distributed(job),
    computed: job.computed,
    isOpen: (job.flags & jobFlags.open) !== 0 && !job.closed,
  }
}
