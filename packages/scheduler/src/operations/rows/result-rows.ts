/** Results and states of single slices, as official workers send them (worker §2.7, §2.8). */
import type { IncomingRequest } from '@manyhands/connection'
import {
  decodeValueUri,
  parseRequest,
  preparedOfResult,
  prepareText,
  result,
  sliceSetOf,
  status,
} from '@manyhands/protocol'
import type { Result, SliceStatus } from '@manyhands/protocol'
import { findJob } from '../../jobs/jobs-store.ts'
import { officialLeaseMs } from '../../limits.ts'
import { acceptChunk } from '../../results/accept.ts'
import type { Chunk } from '../../results/accept.ts'
import { blameOfReturn } from '../../results/trouble.ts'
import { hearWorker } from '../../tasks/hear.ts'
import { workerKey } from '../../tasks/live-workers.ts'
import { authorizedLease } from './authorization-message.ts'
import { checkValues, once, readMember } from '../call.ts'
import type { OperationDeps } from '../call.ts'
import { plain } from '../failure.ts'
import { metricsOf } from './job-object.ts'
import { noteRefused } from '../note-refused.ts'

/** A late or repeated result is a success without pay: an error would make the worker return it. */
export async function resultRow(deps: OperationDeps, request: IncomingRequest): Promise<unknown> {
  const data = parseRequest(result, request.data, 'result')
  const { worker: id, job, slice } = data
  const chunk: Omit<Chunk, 'values'> = {
    lease: authorizedLease(deps, request, { operation: 'result', ...data }),
    worker: workerKey(request.peer, id),
    slices: [[slice, slice]],
    cpuMs: Math.max(0, data.metrics.CPUTime ?? 0),
    gpuMs: Math.max(0, data.metrics.GPUTime ?? 0),
    errors: [],
    returned: [],
  }
  const { values, release } = await deps.shelf.put([valueOf(deps, request, data)])
  return once(deps, request, (turn) => {
    hearWorker(turn, { peer: request.peer, id, leaseMs: officialLeaseMs })
    noteRefused(deps, request, acceptChunk(turn, { ...chunk, values }))
    const record = findJob(turn.tx, job)
    const live = record === undefined ? undefined : turn.jobs.byNo.get(record.no)
    return { slicePaymentAmount: '0', metrics: live === undefined ? {} : metricsOf(live) }
  }).finally(release)
}

/** The prepared text of a result: serialised by the worker, or what a server of the owner answered. */
function valueOf(deps: OperationDeps, request: IncomingRequest, data: Result): string {
  const { resultV2, result: remote = '' } = data
  const text =
    resultV2 === undefined
      ? readMember('result', 'result', () => prepareText(decodeValueUri(remote)))
      : readMember('result', 'resultV2', () => preparedOfResult(resultV2))
  checkValues(deps, request, { operation: 'result', name: 'resultV2', texts: [text] })
  return text
}

/** `begin`: a slice is being computed. `return`: slices come back, for whatever reason. */
export async function statusRows(deps: OperationDeps, request: IncomingRequest): Promise<unknown> {
  const { worker: id, slices } = parseRequest(status, request.data, 'status')
  const worker = workerKey(request.peer, id)
  const chunks: Chunk[] = []
  for (const group of slices) {
    const lease = authorizedLease(deps, request, { operation: 'status', ...group, worker: id })
    if (group.status === 'return') chunks.push(returnOf(group, lease, worker))
  }
  await deps.turns.take((turn) => {
    hearWorker(turn, { peer: request.peer, id, leaseMs: officialLeaseMs })
    for (const chunk of chunks) noteRefused(deps, request, acceptChunk(turn, chunk))
  })
  return {}
}

function returnOf(group: SliceStatus, lease: string, worker: string): Chunk {
  const { code, message } = reasonOf(group.reason)
  const blame = blameOfReturn(code)
  const error = { name: 'SliceReturned', message, ...(code === undefined ? {} : { code }) }
  const isFree = blame === 'free'
  return {
    lease,
    worker,
    slices: [],
    values: [],
    cpuMs: 0,
    errors: isFree ? [] : group.sliceNumbers.map((slice) => ({ slice, error, blame })),
    returned: isFree ? sliceSetOf(group.sliceNumbers) : [],
    quiet: true,
  }
}

interface Reason {
  readonly code: string | undefined
  readonly message: string
}

/** A text that looks like a code is one. */
function reasonOf(reason: SliceStatus['reason']): Reason {
  if (reason === undefined) return { code: undefined, message: 'returned' }
  if (typeof reason === 'string') {
    const message = plain(reason)
    return { code: /^E[A-Z_]+$/.test(message) ? message : undefined, message }
  }
  const { errorCode: code, message = code ?? 'returned' } = reason
  return { code, message: plain(message) }
}
