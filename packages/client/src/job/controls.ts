/** What every run on a scheduler can do, however it began. */
import type { OutgoingRequest } from '@manyhands/connection'
import { DcpError } from '@manyhands/protocol'

import type { ClientContext } from '../context.ts'
import type { Follower } from './follow.ts'
import type { Run } from './run.ts'
import type { Uploader } from './upload.ts'

function cancelRequest(job: string, reason: string): OutgoingRequest {
  return { operation: 'jobSubmit.cancelJob', data: { job, reason }, idempotent: true }
}

export function closeRequest(job: string): OutgoingRequest {
  return { operation: 'resultSubmitter.closeJob', data: { job }, idempotent: true }
}

export function controls(
  { link }: ClientContext,
  job: string,
  follower: Follower,
  uploader: Uploader | undefined,
): Pick<Run, 'want' | 'cancel' | 'addSlices' | 'close'> {
  async function send({ operation, data }: OutgoingRequest): Promise<void> {
    await link.request(operation, data)
  }
  return {
    want: (label) => follower.want(label),
    cancel: (reason) => send(cancelRequest(job, reason)),
    async addSlices(source) {
      if (uploader === undefined) {
        throw new DcpError('EBADARG', 'slices can be added only to a job whose input set is listed')
      }
      await uploader.add(source)
    },
    async close() {
      await uploader?.settled()
      await send(closeRequest(job))
    },
  }
}
