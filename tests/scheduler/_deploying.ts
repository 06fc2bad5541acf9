// Jobs, deployed as our client does it.
import { type Address, columnOf, encodeWorkFunctionUri } from '@manyhands/protocol'

import type { Peer } from './_rig.ts'

export const publicGroup = { joinKey: 'public', opaqueId: 'WHhetL7mj1w1mw1XV6dxyC', id: 1 }

let jobs = 0

/** A name for a job; not random, so that a failing test can be read. */
export function jobId(): string {
  return `job${(++jobs).toString().padStart(19, '0')}`
}

export interface JobOptions {
  readonly id?: string
  readonly [field: string]: unknown
}

export function submitData(payer: Address, fields: JobOptions = {}): Record<string, unknown> {
  const { id, ...others } = fields
  return {
    job: id ?? jobId(),
    paymentAccount: payer,
    workFunctionURI: encodeWorkFunctionUri('x=>{progress();return x}'),
    mvMultSlicePayment: 0,
    absoluteSlicePayment: 0,
    requirePath: [],
    dependencies: [],
    requirements: 0,
    worktime: { name: 'map-basic', version: '*', custom: false },
    marshaledArguments: columnOf([]),
    ...others,
  }
}

/** Deploys as our client does: one batch, sent without waiting for answers. */
export async function deploy(client: Peer, fields: JobOptions = {}): Promise<string> {
  const data = submitData(client.address, fields)
  const job = String(data['job'])
  await Promise.all([
    client.send('jobSubmit.submit@5', data),
    client.send('computeGroups.addJobToGroups', { job, cgArray: [publicGroup] }),
  ])
  return job
}

/** Deploys the values, subscribes to everything, closes: one batch. */
export async function deployValues(
  client: Peer,
  values: readonly unknown[],
  labels: readonly string[] = ['results', 'stop', 'status'],
  fields: JobOptions = {},
): Promise<string> {
  const data = submitData(client.address, fields)
  const job = String(data['job'])
  const filter = { job }
  await Promise.all([
    client.send('jobSubmit.submit@5', data),
    client.send('computeGroups.addJobToGroups', { job, cgArray: [publicGroup] }),
    ...labels.map((label) =>
      client.send('eventRouter.subscribe', {
        label,
        options: { filter, from: 0 },
        token: `${label}-${job}`,
      }),
    ),
    client.send('jobSubmit.addSliceData', { job, dataValues: columnOf(values) }),
    client.send('resultSubmitter.closeJob', { job }),
  ])
  return job
}
