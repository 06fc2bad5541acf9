/** Service jobSubmit: deploying, uploading, cancelling (operations §4, §22). */
import { createHash } from 'node:crypto'

import { DcpError, isDcpError, jobFlags, parseJobId, splitColumn } from '@manyhands/protocol'
import type { Address, JobId } from '@manyhands/protocol'
import { parseAddress } from '@manyhands/wallet'
import { validRange } from 'semver'
import { addSlices } from '../jobs/add-slices.ts'
import { cancelJob, resumeJob } from '../jobs/cancel-job.ts'
import { deployJob } from '../jobs/deploy.ts'
import type { Deployment } from '../jobs/deploy.ts'
import { findOwnJob } from '../jobs/find-job.ts'
import { isLive } from '../jobs/job.ts'
import { getJob, jobOffer, liveJobsPaidBy } from '../jobs/jobs-store.ts'
import { estimationSlicesDefault } from '../limits.ts'
import { statusOf } from '../reports/job-status.ts'
import { readArtifacts } from './artifacts.ts'
import type { Call, OperationDeps, Operations } from './call.ts'
import { once } from './call.ts'
import type { Fields } from './fields.ts'
import { parseInput } from './input-set.ts'
import { parseRequirements } from './requirements.ts'

const nameMax = 255
const descriptionMax = 4096
const reasonMax = 4096

export function createJobSubmit(deps: OperationDeps): Operations {
  return {
    'submit@5': (call) => submit(deps, call, 5),
    'submit@2': (call) => submit(deps, call, 4),
    submit() {
      const message = 'submit without a version is not spoken here: use dcp-client 4.4.24 or later'
      return Promise.reject(new DcpError('EINVAL', message))
    },

    addSliceData(call) {
      const { fields, request } = call
      const name = fields.text('job')
      const texts = readColumn(fields, 'dataValues')
      return once(deps, call, (turn) => {
        const found = findOwnJob(turn, name, request.peer)
        const lastSliceNumber = addSlices(turn, found, texts, request.stamp)
        return { success: true, lastSliceNumber }
      })
    },

    cancelJob(call) {
      const { fields, request } = call
      const name = fields.text('job')
      const reason = fields.optionalText('reason', reasonMax) ?? ''
      return once(deps, call, (turn) => {
        const found = findOwnJob(turn, name, request.peer, { payer: true })
        cancelJob(turn, found, reason)
        return cancelled(turn.tx, found.record.no)
      })
    },

    cancelAllJobs(call) {
      const { fields, request } = call
      const payer = parseAddress(fields.url('paymentAccount', nameMax), deps.crypto)
      const reason = fields.text('reason', reasonMax)
      if (reason === '') fields.refuse('reason', 'must say why')
      const owner = request.authorizes(payer) ? undefined : request.peer
      return once(deps, call, (turn) =>
        liveJobsPaidBy(turn.tx, payer, owner).map((record) => {
          cancelJob(turn, { record, live: turn.jobs.byNo.get(record.no) }, reason)
          return cancelled(turn.tx, record.no)
        }),
      )
    },

    resumeJob({ fields, request }) {
      const name = fields.text('job')
      return deps.turns.take((turn) => {
        const found = findOwnJob(turn, name, request.peer)
        resumeJob(turn, found)
        return statusOf(getJob(turn.tx, found.record.no) ?? found.record)
      })
    },

    fetchJob({ fields, request }) {
      const name = fields.text('job')
      return deps.turns.take((turn) => {
        const { record } = findOwnJob(turn, name, request.peer)
        const { localUris: _, ...artifacts } = turn.inputs.artifacts(turn.tx, record)
        return {
          ...statusOf(record),
          ...(jobOffer(turn.tx, record.no) as object),
          ...artifacts,
          worktime: { name: record.worktimeName, version: record.worktimeVersion },
          requirements: record.requirements,
          estimationSlices: record.estimationSlices,
          inputKind: record.inputKind,
        }
      })
    },
  }
}

async function submit(deps: OperationDeps, call: Call, dialect: 4 | 5): Promise<unknown> {
  const deployment = readDeployment(deps, call, dialect)
  return once(deps, call, (turn) => {
    const { address, state, total } = deployJob(turn, deployment)
    return { escrow: address, status: state, lastSliceNumber: total, job: address }
  })
}

function readDeployment(deps: OperationDeps, call: Call, dialect: 4 | 5): Deployment {
  const { fields, request } = call
  const { random, crypto } = deps
  const id = readJobId(fields, dialect)
  const payer = readAddress(fields, 'paymentAccount', crypto)
  const localExec = fields.flag('localExec')
  if (!localExec && !request.authorizes(payer)) {
    const what = 'must be authorized by the key of the payment account'
    throw new DcpError('EPERM', `${fields.operation}: the request ${what} ${payer}`)
  }
  const requirements = parseRequirements(fields, dialect)
  const input = parseInput(fields, random)
  const { name: worktimeName, version: worktimeVersion } = readWorktime(fields)
  const flags = requirements.flags | flagsOf(fields)
  const isByValue = input.kind === 'values'
  return {
    id,
    address: freshAddress(deps),
    owner: request.peer,
    payer,
    dialect,
    flags,
    inputKind: input.kind,
    requirements: requirements.mask,
    requirementsObject: requirements.object,
    worktimeName,
    worktimeVersion,
    estimationSlices: localExec ? 0 : readEstimation(fields),
    name: fields.optionalText('name', nameMax) ?? `Ad-Hoc Job${id.slice(-6)}`,
    description: fields.optionalText('description', descriptionMax) ?? '',
    link: fields.optionalText('link', descriptionMax) ?? '',
    closed: !isByValue && !fields.flag('isOpen'),
    total: input.total,
    offer: readOffer(fields),
    digest: createHash('sha256').update(JSON.stringify(fields.source)).digest('base64'),
    artifacts: readArtifacts(fields, flags, input),
  }
}

function readJobId(fields: Fields, dialect: 4 | 5): JobId {
  const name = dialect === 5 ? 'job' : 'id'
  const text = fields.text(name)
  try {
    return parseJobId(text)
  } catch (cause) {
    if (isDcpError(cause)) fields.refuse(name, `is no job id: ${cause.message}`)
    throw cause
  }
}

function readAddress(fields: Fields, name: string, crypto: OperationDeps['crypto']): Address {
  try {
    return parseAddress(fields.url(name, nameMax), crypto)
  } catch (cause) {
    if (isDcpError(cause)) fields.refuse(name, `is no address: ${cause.message}`)
    throw cause
  }
}

/** Escrow is an address of its own for each job, as it will be once there is money in it. */
function freshAddress({ random, crypto }: OperationDeps): Address {
  return parseAddress(`0x${Buffer.from(random.bytes(20)).toString('hex')}`, crypto)
}

const worktimes: ReadonlySet<string> = new Set(['map-basic', 'pyodide'])

function readWorktime(fields: Fields): { readonly name: string; readonly version: string } {
  const worktime = fields.object('worktime')
  const name = worktime.text('name')
  const version = worktime.optionalText('version') ?? '*'
  if (!worktimes.has(name) && !worktime.flag('custom')) {
    throw new DcpError('ENOWORKTIME', `${fields.operation}: there is no worktime "${name}"`)
  }
  if (validRange(version) === null)
    worktime.refuse('version', 'must be a version or a range of them')
  return { name, version }
}

function readEstimation(fields: Fields): number | null {
  if (Object.hasOwn(fields.source, 'estimationSlices')) {
    if (fields.source['estimationSlices'] === null) return null
    const given = fields.optionalNumber('estimationSlices', {
      min: 0,
      max: Number.MAX_SAFE_INTEGER,
      integer: true,
    })
    if (given !== undefined) return given
  }
  return estimationSlicesDefault
}

function readOffer(fields: Fields): unknown {
  const range = { min: 0 }
  return {
    mvMultSlicePayment: fields.optionalNumber('mvMultSlicePayment', range) ?? 0,
    absoluteSlicePayment: fields.optionalNumber('absoluteSlicePayment', range) ?? 0,
  }
}

function flagsOf(fields: Fields): number {
  const bit = (name: string, value: number): number => (fields.flag(name) ? value : 0)
  return (
    bit('localExec', jobFlags.localExec) |
    bit('isOpen', jobFlags.open) |
    bit('workerConsole', jobFlags.workerConsole) |
    bit('greedyEstimation', jobFlags.greedyEstimation) |
    bit('discrete', jobFlags.discrete) |
    bit('useStrict', jobFlags.useStrict)
  )
}

function readColumn(fields: Fields, name: string): readonly string[] {
  try {
    return splitColumn(fields.source[name])
  } catch (cause) {
    if (isDcpError(cause)) fields.refuse(name, `is no column of values: ${cause.message}`)
    throw cause
  }
}

function cancelled(tx: Parameters<typeof getJob>[0], no: number): unknown {
  const record = getJob(tx, no)
  if (record === undefined) throw new DcpError('ENOENT', 'the job is gone')
  const status = isLive(record.state) ? 'cancelled' : record.state
  return { job: record.id, address: record.address, status, released: '0' }
}
