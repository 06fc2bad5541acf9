/** Runs a job on the scheduler: deploys it, uploads what is left of its data, follows it to its end. */
import type { Signer } from '@manyhands/protocol'

import type { ClientContext } from '../context.ts'
import { limits } from '../limits.ts'
import { controls } from './controls.ts'
import { type JobDefinition, submitFields } from './definition.ts'
import { sendDeployment } from './deployment.ts'
import { type Follower, follow, untilClosed } from './follow.ts'
import type { OfferFields } from './payment-offer.ts'
import type { Run, RunListener } from './run.ts'
import { createUploader } from './upload.ts'

export interface Deployment {
  readonly definition: JobDefinition
  readonly offer: OfferFields
  readonly payer: Signer
}

/** The job must not go on without its client; but an unreachable scheduler must not hide the error. */
async function giveUp(
  { clock, logger }: ClientContext,
  cancel: Run['cancel'],
  error: unknown,
): Promise<void> {
  const reason = error instanceof Error ? error.message : String(error)
  const enough = new AbortController()
  const cancelled = cancel(reason).catch((cause: unknown) => {
    logger.warn('a job that was given up could not be cancelled', { error: cause })
  })
  await Promise.race([
    cancelled,
    clock.sleep(limits.giveUpMs, enough.signal).catch(() => undefined),
  ])
  enough.abort()
}

/** Waits for the work, unless the job ends before it does. */
async function whileRunning(follower: Follower, work: Promise<void>): Promise<void> {
  work.catch(() => undefined)
  try {
    await Promise.race([follower.ended, work])
  } catch (cause) {
    // When the job was stopped meanwhile, that is why its data was refused.
    throw follower.failure() ?? cause
  }
}

/** Resolves when the scheduler has the job; rejects when it has not. */
export async function deploy(
  context: ClientContext,
  { definition, offer, payer }: Deployment,
  listener: RunListener,
): Promise<Run> {
  const { id: job, input, autoClose } = definition
  const fields = submitFields(definition, offer, payer.address)
  const uploader = input.kind === 'values' ? createUploader(context, job, input) : undefined
  const first = await uploader?.first()
  const close = first?.last === true && autoClose
  const lease = await context.link.acquire()
  const follower = follow({ context, job, lease, listener })
  const run = controls(context, job, follower, uploader)
  listener.readyState('deploying')
  const answers = await sendDeployment(lease.connection, {
    job,
    fields,
    payer,
    groups: definition.computeGroups,
    subscriptions: follower.requests,
    data: first?.request,
    close,
    farewells: lease.subscriptions.takeEnded(),
  }).catch((error: unknown) => {
    follower.fail(error)
    follower.close()
    throw error
  })

  async function complete(): Promise<void> {
    const taken = answers.assertFollowed()
    if (first?.request !== undefined) uploader?.answered(taken)
    listener.submitted(answers.submit)
    follower.confirm()
    listener.readyState('listeners')
    listener.readyState('compute-groups')
    if (uploader === undefined) return
    listener.readyState('uploading')
    if (first?.last === false) await uploader.rest()
    if (autoClose && !close) await run.close()
  }

  async function deployed(): Promise<void> {
    try {
      await whileRunning(follower, complete())
      listener.readyState('deployed')
    } catch (error) {
      uploader?.abandon()
      if (follower.failure() === undefined) await giveUp(context, run.cancel, error)
      follower.fail(error)
      throw error
    }
  }
  return { ...run, deployed: deployed(), ended: untilClosed(follower) }
}
