/** Service resultSubmitter: results of workers, and results for clients (operations §5, worker §2.7-2.8). */
import type { IncomingRequest } from '@manyhands/connection'
import {
  closeJob as closeJobSchema,
  DcpError,
  encodeSliceSet,
  fetchResult,
  fetchResult1,
  heartbeat as heartbeatSchema,
  listResult,
  parseRequest,
  parseSliceRange,
  parseSliceSet,
  results1,
  sliceCount,
  splitColumn,
  statResult,
} from '@manyhands/protocol'
import type { ColumnResults, SliceSet } from '@manyhands/protocol'
import { closeJob } from '../jobs/close-job.ts'
import { findOwnJob } from '../jobs/find-job.ts'
import { getJob } from '../jobs/jobs-store.ts'
import { fetchSlicesMax, leaseMs } from '../limits.ts'
import { acceptChunk } from '../results/accept.ts'
import type { Accepted, Chunk, ChunkError } from '../results/accept.ts'
import { fetchAfter, fetchColumn, fetchRows } from '../results/fetch.ts'
import { listResults } from '../results/list.ts'
import { eraseResults } from '../results/results-store.ts'
import { statResults } from '../results/stat.ts'
import { blameOfFailure } from '../results/trouble.ts'
import { hearWorker } from '../tasks/hear.ts'
import { heartbeat } from '../tasks/heartbeat.ts'
import { workerKey } from '../tasks/live-workers.ts'
import { checkValues, once, readMember } from './call.ts'
import type { OperationDeps, Operations } from './call.ts'
import { readFailure } from './failure.ts'
import { noteRefused } from './note-refused.ts'
import { resultRow, statusRows } from './rows/result-rows.ts'

export function createResultSubmitter(deps: OperationDeps): Operations {
  return {
    async closeJob(request) {
      const { job } = parseRequest(closeJobSchema, request.data, 'closeJob')
      const close = (): Promise<unknown> =>
        once(deps, request, (turn) => {
          const found = findOwnJob(turn, job, request.peer)
          closeJob(turn, found)
          const record = getJob(turn.tx, found.record.no) ?? found.record
          return { job: record.address, lastSliceNumber: record.total, status: record.state }
        })
      return deps.jobOrder.enter(`${request.peer}/${job}`, undefined, close)
    },

    async 'results@1'(request) {
      const data = parseRequest(results1, request.data, 'results@1')
      const { texts, ...chunk } = readChunk(request, data)
      checkValues(deps, request, { operation: 'results@1', name: 'values', texts })
      const put = deps.shelf.put(texts)
      const { values, release } = put instanceof Promise ? await put : put
      return once(deps, request, (turn) => {
        hearWorker(turn, { peer: request.peer, id: data.worker, leaseMs })
        const accepted = acceptChunk(turn, { ...chunk, values })
        noteRefused(deps, request, accepted)
        return encodeAccepted(accepted)
      }).finally(release)
    },

    async heartbeat({ data, peer }) {
      const { worker: id, incarnation, leases } = parseRequest(heartbeatSchema, data, 'heartbeat')
      return deps.turns.take((turn) => heartbeat(turn, { peer, id, incarnation, leaseMs }, leases))
    },

    result: async (request) => resultRow(deps, request),
    status: async (request) => statusRows(deps, request),

    async fetchResult({ data, peer, session }) {
      const { job, range } = parseRequest(fetchResult, data, 'fetchResult')
      const rows = await deps.turns.take((turn) => {
        const { record } = findOwnJob(turn, job, peer)
        return fetchRows(turn.tx, record, slicesOf('fetchResult', range, record.total))
      })
      const uris = rows.map(({ value }) => deps.shelf.uri(value, session))
      const values = await Promise.all(uris)
      return rows.map(({ slice }, index) => ({ slice, value: values[index] }))
    },

    async 'fetchResult@1'({ data, peer }) {
      const query = parseRequest(fetchResult1, data, 'fetchResult@1')
      const { from = 0, limit = fetchSlicesMax } = query
      const slices =
        query.slices === undefined ? undefined : readSet('fetchResult@1', 'slices', query.slices)
      const stored = await deps.turns.take((turn) => {
        const { record } = findOwnJob(turn, query.job, peer)
        return slices === undefined
          ? fetchAfter(turn.tx, record, from, limit)
          : fetchColumn(turn.tx, record, slices, limit)
      })
      const { values, absent: _absent, ...page } = await deps.shelf.complete(stored)
      return { ...page, values: { _serializeVerId: 'v8', what: { arr: values } } }
    },

    async listResult({ data, peer }) {
      const { job, range } = parseRequest(listResult, data, 'listResult')
      const { record } = await deps.turns.take((turn) => findOwnJob(turn, job, peer))
      const wanted = slicesOf('listResult', range, record.total)
      const found = await listResults(deps.turns, record.no, wanted)
      return { sparse: found.map(([start, end]) => ({ start, end, step: 1 })) }
    },

    async statResult({ data, peer }) {
      const { job, range } = parseRequest(statResult, data, 'statResult')
      return deps.turns.take((turn) => {
        const { record } = findOwnJob(turn, job, peer)
        return statResults(turn.tx, record.no, slicesOf('statResult', range, record.total))
      })
    },

    async deleteResult({ data, peer }) {
      const { job, range } = parseRequest(fetchResult, data, 'deleteResult')
      const wanted = range === 'all' ? undefined : range
      return deps.turns.take((turn) => {
        const { record } = findOwnJob(turn, job, peer)
        return eraseResults(turn.tx, record.no, slicesOf('deleteResult', wanted, record.total))
      })
    },
  }
}

/** What a worker sent, its values as they came. */
type ReceivedChunk = Omit<Chunk, 'values'> & { readonly texts: readonly string[] }

function readChunk({ peer }: IncomingRequest, data: ColumnResults): ReceivedChunk {
  const slices = readSet('results@1', 'slices', data.slices)
  const texts = readValues(data, sliceCount(slices))
  const errors = (data.errors ?? []).map(([slice, error]): ChunkError => {
    const failure = readFailure(error)
    return { slice, error: failure, blame: blameOfFailure(failure.code) }
  })
  return {
    lease: data.lease,
    worker: workerKey(peer, data.worker),
    slices,
    texts,
    cpuMs: sumOf(data.cpuMs),
    gpuMs: sumOf(data.gpuMs ?? 0),
    errors,
    returned: data.returned === undefined ? [] : readSet('results@1', 'returned', data.returned),
  }
}

function sumOf(times: number | readonly number[]): number {
  return typeof times === 'number' ? times : times.reduce((a, b) => a + b, 0)
}

function readValues(data: ColumnResults, count: number): readonly string[] {
  const values = readMember('results@1', 'values', () => splitColumn(data.values))
  if (values.length !== count) {
    const message = `"values" must have ${count} elements, one for each slice, not ${values.length}`
    throw new DcpError('EBADARG', `results@1: ${message}`)
  }
  return values
}

function readSet(operation: string, name: string, text: string): SliceSet {
  return readMember(operation, name, () => parseSliceSet(text))
}

function encodeAccepted({ accepted, duplicate, refused }: Accepted): unknown {
  return {
    accepted,
    duplicate: encodeSliceSet(duplicate),
    refused: refused.map(([slices, code]) => [encodeSliceSet(slices), code]),
  }
}

/** Undefined: everything there is. */
function slicesOf(operation: string, range: unknown, total: number): SliceSet | undefined {
  if (range === undefined || range === null) return undefined
  return readMember(operation, 'range', () => parseSliceRange(range, total))
}
