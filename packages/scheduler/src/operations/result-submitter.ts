/** Service resultSubmitter: results of workers, and results for clients (operations §5, worker §2.7-2.8). */
import {
  DcpError,
  encodeSliceSet,
  isDcpError,
  parseSliceRange,
  parseSliceSet,
  sliceCount,
  splitColumn,
  valueUri,
} from '@manyhands/protocol'
import type { SliceSet } from '@manyhands/protocol'
import { closeJob } from '../jobs/close-job.ts'
import { findOwnJob } from '../jobs/find-job.ts'
import { getJob } from '../jobs/jobs-store.ts'
import { fetchSlicesMax, leaseMs, taskSlicesMax, valueMax } from '../limits.ts'
import { acceptChunk } from '../results/accept.ts'
import type { Accepted, Chunk, ChunkError } from '../results/accept.ts'
import { fetchAfter, fetchColumn, fetchRows } from '../results/fetch.ts'
import { eraseResults } from '../results/results-store.ts'
import { blameOfFailure } from '../results/trouble.ts'
import { hearWorker } from '../tasks/hear.ts'
import { heartbeat } from '../tasks/heartbeat.ts'
import { workerKey } from '../tasks/live-workers.ts'
import type { Call, OperationDeps, Operations } from './call.ts'
import { once } from './call.ts'
import type { Fields } from './fields.ts'
import { resultRow, statusRows } from './result-rows.ts'
import { readFailure, readWorkerId } from './worker-fields.ts'

const leasesMax = 10_000
const setTextMax = 1024 * 1024

export function createResultSubmitter(deps: OperationDeps): Operations {
  return {
    closeJob(call) {
      const name = call.fields.text('job')
      return once(deps, call, (turn) => {
        const found = findOwnJob(turn, name, call.request.peer)
        closeJob(turn, found)
        const record = getJob(turn.tx, found.record.no) ?? found.record
        return { job: record.address, lastSliceNumber: record.total, status: record.state }
      })
    },

    async 'results@1'(call) {
      const chunk = readChunk(call)
      const id = readWorkerId(call.fields, 'worker')
      const { peer } = call.request
      return once(deps, call, (turn) => {
        hearWorker(turn, { peer, id, leaseMs })
        return encodeAccepted(acceptChunk(turn, chunk))
      })
    },

    heartbeat({ fields, request }) {
      const id = readWorkerId(fields, 'worker')
      const incarnation = fields.text('incarnation')
      const leases = fields.texts('leases', leasesMax)
      const word = { peer: request.peer, id, incarnation, leaseMs }
      return deps.turns.take((turn) => heartbeat(turn, word, leases))
    },

    result: (call) => resultRow(deps, call),
    status: (call) => statusRows(deps, call),

    fetchResult({ fields, request }) {
      const name = fields.text('job')
      const range = fields.has('range') ? fields.source['range'] : undefined
      return deps.turns.take((turn) => {
        const { record } = findOwnJob(turn, name, request.peer)
        const rows = fetchRows(turn.tx, record, slicesOf(range, record.total))
        return rows.map(({ slice, value }) => ({ slice, value: valueUri(value) }))
      })
    },

    'fetchResult@1'({ fields, request }) {
      const name = fields.text('job')
      const slices = fields.has('slices') ? readSet(fields, 'slices') : undefined
      const bounds = { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true }
      const from = fields.optionalNumber('from', bounds) ?? 0
      const limit = fields.optionalNumber('limit', { ...bounds, min: 1 }) ?? fetchSlicesMax
      return deps.turns.take((turn) => {
        const { record } = findOwnJob(turn, name, request.peer)
        const page =
          slices === undefined
            ? fetchAfter(turn.tx, record, from, limit)
            : fetchColumn(turn.tx, record, slices, limit)
        return { ...page, values: { _serializeVerId: 'v8', what: { arr: page.values } } }
      })
    },

    deleteResult({ fields, request }) {
      const name = fields.text('job')
      const range = fields.source['range'] === 'all' ? undefined : fields.source['range']
      return deps.turns.take((turn) => {
        const { record } = findOwnJob(turn, name, request.peer)
        return eraseResults(turn.tx, record.no, slicesOf(range, record.total))
      })
    },
  }
}

function readChunk({ fields, request }: Call): Chunk {
  const slices = readSet(fields, 'slices')
  const values = readValues(fields)
  const count = sliceCount(slices)
  if (count !== values.length) {
    fields.refuse('values', `must have ${count} elements, one for each slice, not ${values.length}`)
  }
  const errors = fields.list('errors', taskSlicesMax).map((entry, i): ChunkError => {
    const [slice, error] = Array.isArray(entry) ? (entry as readonly unknown[]) : []
    if (typeof slice !== 'number' || !Number.isSafeInteger(slice) || slice < 1) {
      return fields.refuse(`errors[${i}]`, 'must be a slice number and an error')
    }
    const failure = readFailure(error, fields, `errors[${i}][1]`)
    return { slice, error: failure, blame: blameOfFailure(failure.code) }
  })
  return {
    lease: fields.text('lease'),
    worker: workerKey(request.peer, readWorkerId(fields, 'worker')),
    slices,
    values,
    cpuMs: readCpu(fields),
    errors,
    returned: fields.has('returned') ? readSet(fields, 'returned') : [],
  }
}

function readValues(fields: Fields): readonly string[] {
  let values: readonly string[]
  try {
    values = splitColumn(fields.source['values'])
  } catch (cause) {
    if (isDcpError(cause)) fields.refuse('values', `is no column of values: ${cause.message}`)
    throw cause
  }
  const index = values.findIndex((text) => text.length > valueMax)
  if (index >= 0) {
    const message = `"values[${index}]" is longer than ${valueMax} characters`
    throw new DcpError('ETOOBIG', `${fields.operation}: ${message}`)
  }
  return values
}

/** One number for all slices, or one for each. */
function readCpu(fields: Fields): number {
  const value = fields.source['cpuMs']
  const numbers = Array.isArray(value) ? (value as readonly unknown[]) : [value]
  let sum = 0
  for (const number of numbers) {
    if (typeof number !== 'number' || !(number >= 0) || number === Infinity) {
      fields.refuse('cpuMs', 'must be milliseconds: a number, or one for each slice')
    }
    sum += number
  }
  return sum
}

function readSet(fields: Fields, name: string): SliceSet {
  try {
    return parseSliceSet(fields.text(name, setTextMax))
  } catch (cause) {
    if (isDcpError(cause)) fields.refuse(name, `is no set of slices: ${cause.message}`)
    throw cause
  }
}

function encodeAccepted({ accepted, duplicate, refused }: Accepted): unknown {
  return {
    accepted,
    duplicate: encodeSliceSet(duplicate),
    refused: refused.map(([slices, code]) => [encodeSliceSet(slices), code]),
  }
}

/** Undefined: everything there is. */
function slicesOf(range: unknown, total: number): SliceSet | undefined {
  return range === undefined || range === null ? undefined : parseSliceRange(range, total)
}
