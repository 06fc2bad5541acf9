/** Results and states of single slices, as official workers send them (worker §2.7, §2.8). */
import {
  decodeValueUri,
  isDcpError,
  preparedOfSerialized,
  prepareText,
  unmarshal,
} from '@manyhands/protocol'
import { findJob } from '../jobs/jobs-store.ts'
import { officialLeaseMs, valueMax } from '../limits.ts'
import { acceptChunk } from '../results/accept.ts'
import type { Chunk } from '../results/accept.ts'
import { blameOfReturn } from '../results/trouble.ts'
import { hearWorker } from '../tasks/hear.ts'
import { workerKey } from '../tasks/live-workers.ts'
import { authorizedLease } from './authorization-message.ts'
import type { Call, OperationDeps } from './call.ts'
import { once } from './call.ts'
import type { Fields } from './fields.ts'
import { metricsOf } from './job-object.ts'
import { readWorkerId } from './worker-fields.ts'

const slicesMax = 100_000
const groupsMax = 10_000

/** A late or repeated result is a success without pay: an error would make the worker return it. */
export async function resultRow(deps: OperationDeps, call: Call): Promise<unknown> {
  const { fields, request } = call
  const id = readWorkerId(fields, 'worker')
  const job = fields.text('job')
  const slice = fields.number('slice', { min: 1, integer: true })
  const { signer, crypto, clock } = deps
  const now = clock.now()
  const lease = authorizedLease(fields, job, id, { signer, crypto, now })
  const value = readResult(fields)
  const cpuMs = fields.optionalObject('metrics')?.optionalNumber('CPUTime', { min: 0 }) ?? 0
  const chunk: Chunk = {
    lease,
    worker: workerKey(request.peer, id),
    slices: [[slice, slice]],
    values: [value],
    cpuMs,
    errors: [],
    returned: [],
  }
  return once(deps, call, (turn) => {
    hearWorker(turn, { peer: request.peer, id, leaseMs: officialLeaseMs })
    acceptChunk(turn, chunk)
    const record = findJob(turn.tx, job)
    const live = record === undefined ? undefined : turn.jobs.byNo.get(record.no)
    return { slicePaymentAmount: '0', metrics: live === undefined ? {} : metricsOf(live) }
  })
}

/** The prepared text of a result: serialised by the worker, or what a server of the owner answered. */
function readResult(fields: Fields): string {
  try {
    const text = fields.has('resultV2')
      ? preparedOfSerialized(unmarshal(fields.source['resultV2']))
      : prepareText(decodeValueUri(fields.text('result', valueMax)))
    if (text.length <= valueMax) return text
  } catch (cause) {
    if (!isDcpError(cause)) throw cause
    fields.refuse('resultV2', `is no serialised value: ${cause.message}`)
  }
  return fields.refuse('resultV2', `must be at most ${valueMax} characters long`)
}

interface Report {
  readonly chunk: Chunk
}

/** `begin`: a slice is being computed. `return`: slices come back, for whatever reason. */
export async function statusRows(deps: OperationDeps, { fields, request }: Call): Promise<unknown> {
  const id = readWorkerId(fields, 'worker')
  const worker = workerKey(request.peer, id)
  const { signer, crypto, clock } = deps
  const now = clock.now()
  const reports = fields.objects('slices', groupsMax).flatMap((group): Report[] => {
    const job = group.text('job')
    const lease = authorizedLease(group, job, id, { signer, crypto, now })
    if (group.text('status') !== 'return') return []
    return [{ chunk: readReturn(group, lease, worker) }]
  })
  await deps.turns.take((turn) => {
    hearWorker(turn, { peer: request.peer, id, leaseMs: officialLeaseMs })
    for (const { chunk } of reports) acceptChunk(turn, chunk)
  })
  return {}
}

function readReturn(group: Fields, lease: string, worker: string): Chunk {
  const numbers = group.list('sliceNumbers', slicesMax).map((value) => {
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value
    return group.refuse('sliceNumbers', 'must hold slice numbers')
  })
  const { code, message } = readReason(group)
  const blame = blameOfReturn(code)
  const error = { name: 'SliceReturned', message, ...(code === undefined ? {} : { code }) }
  const isFree = blame === 'free'
  return {
    lease,
    worker,
    slices: [],
    values: [],
    cpuMs: 0,
    errors: isFree ? [] : numbers.map((slice) => ({ slice, error, blame })),
    returned: isFree ? numbers.toSorted((a, b) => a - b).map((n) => [n, n] as const) : [],
    quiet: true,
  }
}

/** A text, or an object of message and code; a text that is a code is one. */
function readReason(group: Fields): {
  readonly code: string | undefined
  readonly message: string
} {
  const reason = group.source['reason']
  if (typeof reason === 'string') {
    const text = plain(reason)
    return { code: /^E[A-Z_]+$/.test(text) ? text : undefined, message: text }
  }
  if (typeof reason !== 'object' || reason === null) return { code: undefined, message: 'returned' }
  const code = 'errorCode' in reason && typeof reason.errorCode === 'string' ? reason.errorCode : ''
  const message = 'message' in reason && typeof reason.message === 'string' ? reason.message : code
  return { code: code === '' ? undefined : plain(code), message: plain(message) }
}

const reasonMax = 4096

function plain(text: string): string {
  return text.slice(0, reasonMax).replaceAll('\0', '\uFFFD')
}
