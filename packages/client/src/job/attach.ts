/**
 * Takes up a job that was deployed before, perhaps by a program that died: reads what it is, then
 * follows it as its deployer would. Everything it computed so far comes again.
 */
import { DcpError } from '@manyhands/protocol'

import type { ClientContext } from '../context.ts'
import type { InputSet } from '../input/input-set.ts'
import { describedInput, listedInput } from '../input/recognize.ts'
import { follow, untilClosed } from './follow.ts'
import type { Run, RunListener } from './run.ts'
import { controls } from './controls.ts'
import { createUploader } from './upload.ts'

/** What `fetchJob` tells of a job. */
export interface FetchedJob {
  readonly job: string
  readonly address?: string
  readonly name?: string
  readonly description?: string
  readonly link?: string
  readonly status?: string
  readonly lastSliceNumber?: number
  readonly total?: number
  readonly distributed?: number
  readonly computed?: number
  readonly isOpen?: boolean
  readonly dataRange?: unknown
  readonly dataPattern?: unknown
}

export async function fetchJob({ link }: ClientContext, job: string): Promise<FetchedJob> {
  const reply = await link.request('jobSubmit.fetchJob', { job })
  if (typeof reply === 'object' && reply !== null) return { job, ...reply }
  throw new DcpError('EFORMAT', `the scheduler did not describe job ${job}`)
}

/** The input set as far as the scheduler tells it: values that were uploaded are not sent back. */
export function fetchedInput({ dataRange, dataPattern, total }: FetchedJob): InputSet {
  if (typeof dataPattern === 'string' && total !== undefined) {
    return { kind: 'pattern', pattern: dataPattern, count: total }
  }
  if (dataRange === undefined || dataRange === null) return { kind: 'unknown' }
  return describedInput(dataRange)
}

export async function attach(
  context: ClientContext,
  fetched: FetchedJob,
  listener: RunListener,
): Promise<Run> {
  const { job, status, lastSliceNumber } = fetched
  const lease = await context.link.acquire()
  const follower = follow({ context, job, lease, listener })
  try {
    if (status === 'paused') await context.link.request('jobSubmit.resumeJob', { job })
    for (const outcome of await lease.connection.batch(follower.requests)) {
      if (outcome.status === 'rejected') throw outcome.reason
    }
  } catch (error) {
    follower.fail(error)
    follower.close()
    throw error
  }
  follower.confirm()
  const listed = (fetched.dataRange ?? fetched.dataPattern ?? null) === null
  const known = lastSliceNumber ?? fetched.total ?? 0
  const uploader = listed ? createUploader(context, job, listedInput([]), known) : undefined
  const ended = untilClosed(follower)
  listener.readyState('reconnected')
  const run = controls(context, job, follower, uploader)
  return { ...run, deployed: Promise.resolve(), ended }
}
