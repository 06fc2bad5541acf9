/**
 * Runs a job on the scheduler. Deploying is one signed batch: submit, join the public group,
 * subscribe, the first pile of slice data, and close when that was all.
 */
import type { OutgoingRequest } from '@manyhands/connection'
import { DcpError, type Signer, isDcpError, publicComputeGroup } from '@manyhands/protocol'

import type { ClientContext } from '../context.ts'
import { type JobDefinition, submitFields } from './definition.ts'
import { type Follower, follow, untilClosed } from './follow.ts'
import type { OfferFields } from './payment-offer.ts'
import type { Run, RunListener, SubmitReply } from './run.ts'
import { type Uploader, createUploader } from './upload.ts'

export interface Deployment {
  readonly definition: JobDefinition
  readonly offer: OfferFields
  readonly payer: Signer
}

type Outcome = PromiseSettledResult<unknown>

function valueOf(outcome: Outcome | undefined, what: string): unknown {
  if (outcome === undefined) throw new DcpError('INTERNAL', `${what} got no answer`)
  if (outcome.status === 'fulfilled') return outcome.value
  throw outcome.reason
}

/** A refusal of `submit`, with the words that say what was being done. */
function submitReply(outcome: Outcome | undefined): SubmitReply {
  try {
    return (valueOf(outcome, 'submit') ?? {}) as SubmitReply
  } catch (cause) {
    if (!isDcpError(cause)) throw cause
    throw new DcpError(cause.code as 'EINVAL', `Failed to submit job: ${cause.message}`, {
      cause,
      details: cause.details,
    })
  }
}

/** The service refuses softly, inside a successful answer. */
function assertJoined(outcome: Outcome | undefined): void {
  const reply = (valueOf(outcome, 'addJobToGroups') ?? {}) as {
    success?: boolean
    message?: string
  }
  if (reply.success !== false) return
  throw new DcpError('DCPL-1100', `the job could join no compute group: ${reply.message ?? ''}`)
}

function cancelRequest(job: string, reason: string): OutgoingRequest {
  return { operation: 'jobSubmit.cancelJob', data: { job, reason }, idempotent: true }
}

function closeRequest(job: string): OutgoingRequest {
  return { operation: 'resultSubmitter.closeJob', data: { job }, idempotent: true }
}

/** What every run on a scheduler can do, however it began. */
export function controls(
  context: ClientContext,
  job: string,
  follower: Follower,
  uploader: Uploader | undefined,
): Run {
  const send = async ({ operation, data }: OutgoingRequest): Promise<void> => {
    await context.link.request(operation, data)
  }
  return {
    ended: follower.ended,
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

export async function deploy(
  context: ClientContext,
  { definition, offer, payer }: Deployment,
  listener: RunListener,
): Promise<Run> {
  const { id: job, input, autoClose } = definition
  const fields = submitFields(definition, offer, payer.address)
  const uploader = input.kind === 'values' ? createUploader(context, job, input) : undefined
  const first = await uploader?.first()
  const lease = await context.link.acquire()
  const follower = follow({ context, job, lease, listener })
  const run = controls(context, job, follower, uploader)
  // An error of this side, or a refusal half way: the job must not go on without its client.
  const giveUp = async (cause: unknown, deployed: boolean): Promise<never> => {
    // When the job was stopped meanwhile, that is why the rest of its data was refused.
    const error = follower.failure() ?? cause
    follower.fail(error)
    const reason = error instanceof Error ? error.message : String(error)
    if (deployed) await run.cancel(reason).catch(() => undefined)
    await follower.close()
    throw error
  }

  listener.readyState('deploying')
  const submit: OutgoingRequest = {
    operation: 'jobSubmit.submit@5',
    data: fields,
    authorizeBy: [payer],
    idempotent: true,
  }
  const join: OutgoingRequest = {
    operation: 'computeGroups.addJobToGroups',
    data: { job, cgArray: [publicComputeGroup] },
    idempotent: true,
  }
  const data = first?.request === undefined ? [] : [first.request]
  const closeNow = first?.last === true && autoClose
  const outcomes = await lease.connection
    .batch([submit, join, ...follower.requests, ...data, ...(closeNow ? [closeRequest(job)] : [])])
    .catch((error: unknown) => giveUp(error, false))
  const [submitted, joined, ...later] = outcomes
  let reply: SubmitReply
  try {
    reply = submitReply(submitted)
  } catch (error) {
    return giveUp(error, false)
  }
  try {
    assertJoined(joined)
    const subscribed = later.slice(0, follower.requests.length)
    for (const outcome of subscribed) valueOf(outcome, 'subscribe')
    const rest = later.slice(follower.requests.length)
    if (data.length > 0) uploader?.answered(valueOf(rest.shift(), 'addSliceData'))
    if (closeNow) valueOf(rest.shift(), 'closeJob')
    listener.submitted(reply)
    follower.confirm()
    listener.readyState('listeners')
    listener.readyState('compute-groups')
    if (uploader !== undefined) {
      listener.readyState('uploading')
      if (first?.last === false) await uploader.rest()
      if (autoClose && !closeNow) await run.close()
    }
  } catch (error) {
    return giveUp(error, true)
  }
  listener.readyState('deployed')
  const done = untilClosed(follower)
  return { ...run, ended: done }
}
