/**
 * The one signed batch that deploys a job: submit, join its compute groups, subscribe, the first pile
 * of slice data, and close when that was all. Each request has its own answer to be checked.
 */
import type { Connection, OutgoingRequest } from '@manyhands/connection'
import { DcpError, type ErrorCode, type Signer, isDcpError } from '@manyhands/protocol'

import { type ComputeGroup, hasSecret, joinDescriptors, joinGroups } from '../groups/join.ts'
import { closeRequest } from './controls.ts'
import type { SubmitReply } from './run.ts'

export interface DeploymentBatch {
  readonly job: string
  /** The data of `submit@5`. */
  readonly fields: Readonly<Record<string, unknown>>
  readonly payer: Signer
  readonly groups: readonly ComputeGroup[]
  readonly subscriptions: readonly OutgoingRequest[]
  readonly data: OutgoingRequest | undefined
  /** The data is all there will be. */
  readonly close: boolean
  /** About earlier jobs; nobody waits for the answers. */
  readonly farewells: readonly OutgoingRequest[]
}

export interface DeploymentAnswers {
  readonly submit: SubmitReply
  /** Throws the first refusal of what followed the submit; returns the answer to the data. */
  assertFollowed(): unknown
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
    const message = `Failed to submit job: ${cause.message}`
    throw new DcpError(cause.code as ErrorCode, message, { cause, details: cause.details })
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

/** Rejects when the job was not submitted. */
export async function sendDeployment(
  connection: Connection,
  { job, fields, payer, groups, subscriptions, data, close, farewells }: DeploymentBatch,
): Promise<DeploymentAnswers> {
  const operation = 'jobSubmit.submit@5'
  const joining = { job, cgArray: await joinDescriptors(connection, groups) }
  // On another session other proofs hold: what has some is not sent again as it is.
  const idempotent = !groups.some(hasSecret)
  const [submitted, joined, ...later] = await connection.batch([
    { operation, data: fields, authorizeBy: [payer], idempotent: true },
    { operation: 'computeGroups.addJobToGroups', data: joining, idempotent },
    ...subscriptions,
    ...(data === undefined ? [] : [data]),
    ...(close ? [closeRequest(job)] : []),
    ...farewells,
  ])
  const submit = submitReply(submitted)
  const isLost = joined?.status === 'rejected' && isDcpError(joined.reason, 'ECONNRESET')
  const [again] = isLost ? await Promise.allSettled([joinGroups(connection, job, groups)]) : []
  return {
    submit,
    assertFollowed() {
      assertJoined(again ?? joined)
      for (const outcome of later.splice(0, subscriptions.length)) valueOf(outcome, 'subscribe')
      const reply = data === undefined ? undefined : valueOf(later.shift(), 'addSliceData')
      if (close) valueOf(later.shift(), 'closeJob')
      return reply
    },
  }
}
