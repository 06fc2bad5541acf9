/** Service jobSubmit: deploying, uploading, cancelling (operations §4, §22). */
import type { IncomingRequest } from '@manyhands/connection'
import {
  addSliceData,
  cancelJob as cancelJobSchema,
  DcpError,
  fetchJob,
  needsVersion9,
  parseRequest,
  resumeJob as resumeJobSchema,
  splitColumn,
} from '@manyhands/protocol'
import type { Address } from '@manyhands/protocol'
import { parseAddress } from '@manyhands/wallet'
import { addSlices } from '../jobs/add-slices.ts'
import { cancelJob, resumeJob } from '../jobs/cancel-job.ts'
import { deployJob } from '../jobs/deploy.ts'
import type { Deployment } from '../jobs/deploy.ts'
import { findOwnJob } from '../jobs/find-job.ts'
import { getJob, jobOffer, liveJobsPaidBy } from '../jobs/jobs-store.ts'
import { statusOf } from '../reports/job-status.ts'
import type { Turn } from '../turn.ts'
import { releaseShelved } from '../values/shelf.ts'
import type { Shelved } from '../values/shelf.ts'
import { checkValues, once, readMember } from './call.ts'
import type { OperationDeps, Operations } from './call.ts'
import { receiptOf } from './receipt.ts'
import { readSubmit2, readSubmit5 } from './submission.ts'

const reasonMax = 4096

/** Whether the deployer is a client of ours. */
function isOurs({ data }: IncomingRequest): boolean {
  return typeof data === 'object' && data !== null && 'columns' in data && data.columns === 1
}

export function createJobSubmit(deps: OperationDeps): Operations {
  const deploy = (request: IncomingRequest, deployment: Deployment): Promise<unknown> =>
    once(deps, request, (turn) => {
      const { address: escrow, at: time, state, total } = deployJob(turn, deployment)
      const { digest: hash, id: job } = deployment
      const reply = { escrow, status: state, lastSliceNumber: total, job: escrow }
      // Official clients know of no receipt.
      if (!isOurs(request)) return reply
      return { ...reply, receipt: receiptOf(deps.signer, { job, escrow, time, hash }) }
    })
  return {
    'submit@5': async (request) => deploy(request, readSubmit5(deps, request)),
    'submit@2': async (request) => deploy(request, readSubmit2(deps, request)),
    submit() {
      const message = 'submit without a version is not spoken here: use dcp-client 4.4.24 or later'
      return Promise.reject(new DcpError('EINVAL', message))
    },

    async addSliceData(request) {
      const { job, dataValues } = parseRequest(addSliceData, request.data, 'addSliceData')
      const texts = readMember('addSliceData', 'dataValues', () => splitColumn(dataValues))
      checkValues(deps, request, { operation: 'addSliceData', name: 'dataValues', texts })
      const upload = { stamp: request.stamp, needsKvin9: texts.some(needsVersion9) }
      const add = ({ values }: Shelved): Promise<unknown> =>
        once(deps, request, (turn) => {
          const found = findOwnJob(turn, job, request.peer)
          return { success: true, lastSliceNumber: addSlices(turn, found, { ...upload, values }) }
        })
      const shelved = deps.shelf.put(texts)
      const entered = deps.jobOrder.enter(`${request.peer}/${job}`, shelved, add)
      return entered.finally(() => releaseShelved(shelved))
    },

    async cancelJob(request) {
      const { job, reason } = parseRequest(cancelJobSchema, request.data, 'cancelJob')
      return once(deps, request, (turn) => {
        const found = findOwnJob(turn, job, request.peer, { payer: true })
        cancelJob(turn, found, reason)
        return cancelled(turn, found.record.no)
      })
    },

    async cancelAllJobs(request) {
      const { payer, reason } = readCancelAll(deps, request)
      const owner = request.authorizes(payer) ? undefined : request.peer
      return once(deps, request, (turn) =>
        liveJobsPaidBy(turn.tx, payer, owner).map((record) => {
          cancelJob(turn, { record, live: turn.jobs.byNo.get(record.no) }, reason)
          return cancelled(turn, record.no)
        }),
      )
    },

    async resumeJob(request) {
      const { job } = parseRequest(resumeJobSchema, request.data, 'resumeJob')
      return deps.turns.take((turn) => {
        const found = findOwnJob(turn, job, request.peer)
        resumeJob(turn, found)
        return statusOf(getJob(turn.tx, found.record.no) ?? found.record)
      })
    },

    async fetchJob(request) {
      const { job } = parseRequest(fetchJob, request.data, 'fetchJob')
      return deps.turns.take((turn) => {
        const { record } = findOwnJob(turn, job, request.peer)
        const {
          localRange: _range,
          localUris: _uris,
          ...artifacts
        } = turn.inputs.artifacts(turn.tx, record)
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

interface CancelAll {
  readonly payer: Address
  readonly reason: string
}

function readCancelAll({ crypto }: OperationDeps, { data }: IncomingRequest): CancelAll {
  const members = typeof data === 'object' && data !== null ? data : {}
  const { paymentAccount, reason } = members as Readonly<Record<string, unknown>>
  if (typeof reason !== 'string' || reason === '' || reason.length > reasonMax) {
    const message = `"reason" must be text of 1 to ${reasonMax} characters`
    throw new DcpError('EBADARG', `cancelAllJobs: ${message}`)
  }
  const account = (): Address => parseAddress(paymentAccount, crypto)
  const payer = readMember('cancelAllJobs', 'paymentAccount', account)
  return { payer, reason: reason.replaceAll('\0', '\uFFFD') }
}

function cancelled(turn: Turn, no: number): unknown {
  const record = getJob(turn.tx, no)
  if (record === undefined) throw new DcpError('ENOENT', 'the job is gone')
  return { job: record.id, address: record.address, status: record.state, released: '0' }
}
