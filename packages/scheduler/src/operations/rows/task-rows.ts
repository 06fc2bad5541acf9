/**
 * Work for official workers: one message for each slice, in the dialect that was asked in
 * (worker §2.1 to §2.5).
 */
import type { IncomingRequest } from '@manyhands/connection'
import {
  capabilitiesOfDialect4,
  DcpError,
  fetchStates,
  kvinUri,
  parseSealed,
  sliceSetOf,
  unionSliceSet,
} from '@manyhands/protocol'
import type { HeldSlices, SliceSet, TaskRequest, TaskRequest3 } from '@manyhands/protocol'
import { recoverSigner } from '@manyhands/wallet'
import { holdMaxMs, officialLeaseMs, officialTaskTargetMs } from '../../limits.ts'
import { findJob } from '../../jobs/jobs-store.ts'
import { claimTasks } from '../../tasks/claim.ts'
import { hearOnce } from '../../tasks/hear.ts'
import { takeInventory } from '../../tasks/heartbeat.ts'
import { workerKey } from '../../tasks/live-workers.ts'
import type { LiveWorker } from '../../tasks/live-workers.ts'
import type { Offer } from '../../tasks/offer.ts'
import { voidLeasesOf } from '../../tasks/release.ts'
import type { Turn } from '../../turn.ts'
import { authorize } from './authorization-message.ts'
import { readMember } from '../call.ts'
import type { OperationDeps } from '../call.ts'
import { rowsOf } from './claimed-rows.ts'
import type { Rows } from './claimed-rows.ts'
import { readInput } from '../read-input.ts'
import { isUnpaid, namesOf, onlyOf, sandboxCount } from '../worker-offer.ts'

/** A row-wise request with the dialect it was made in. */
export type RowRequest =
  | ({ readonly dialect: 5 } & TaskRequest3)
  | ({ readonly dialect: 4 } & TaskRequest)

export async function requestRows(
  deps: OperationDeps,
  request: IncomingRequest,
  data: RowRequest,
): Promise<unknown> {
  const { coreStats, dialect, paymentAddress } = data
  const { session } = request
  if (coreStats === undefined) return returnAll(deps, request, data)
  const id = coreStats.worker
  const word = {
    peer: request.peer,
    id,
    sandboxes: sandboxCount(coreStats.sandbox ?? 1),
    leaseMs: officialLeaseMs,
    ...(paymentAddress === undefined ? {} : { payee: paymentAddress }),
  }
  const wantsWork = (data.fetchState & fetchStates.normal) !== 0
  const offer = wantsWork ? offerOf(data) : undefined
  const names = data.dialect === 5 ? data.jobIds : data.jobAddresses
  const hear = hearOnce(word)
  let isNews = true

  function attempt(turn: Turn): Rows | undefined {
    const worker = hear(turn)
    if (worker === undefined) return undefined
    // What the request says of the worker's slices is true once, not again while it is held.
    if (isNews) noteHoldings(turn, worker, data)
    isNews = false
    if (offer === undefined || offer.wanted === 0) return undefined
    const groups = deps.memberships.of(turn.groups, session, data.workerComputeGroups)
    const claimed = claimTasks(turn, { ...offer, worker, groups })
    return claimed.length === 0 ? undefined : rowsOf(turn, claimed, id, dialect, names)
  }

  const waitMs = offer === undefined || offer.wanted === 0 ? 0 : holdMaxMs
  const worker = workerKey(request.peer, id)
  // The official worker starts nothing that it has queued while it waits for an answer: only one that
  // has nothing may be kept waiting.
  const mayHold = (turn: Turn): boolean => (turn.workers.get(worker)?.leases.size ?? 0) === 0
  const rows = await deps.waiting.ask({ worker, session, waitMs, mayHold, attempt })
  if (rows !== undefined) await addLocations(deps, rows, request)
  return answer(deps, id, rows)
}

/** Values on the shelf are read, or become locations, when the claim is committed. */
async function addLocations(
  deps: OperationDeps,
  { waiting }: Rows,
  { session }: IncomingRequest,
): Promise<void> {
  const reads = waiting.map(async ({ message, value, job }) => {
    message.datumUri = await readInput(deps, job, deps.shelf.uri(value, session, kvinUri))
  })
  await Promise.all(reads)
}

function offerOf(data: RowRequest): Omit<Offer, 'worker' | 'groups'> {
  const common = {
    wanted: sandboxCount(data.targetLoad?.cpu),
    except: namesOf([...data.rejectedJobs, ...data.unresolvedJobs]),
    unpaid: isUnpaid(data.minimumWage),
    targetMs: officialTaskTargetMs,
    rows: true,
    kvin9: data.dialect === 5,
  }
  if (data.dialect === 5) {
    const { capabilities = 0, worktimes } = data
    return { ...common, capabilities, worktimes, only: onlyOf(data.jobIds) }
  }
  return {
    ...common,
    capabilities: capabilitiesOfDialect4(data.capabilities ?? {}),
    worktimes: data.worktimes.flatMap(({ name, versions }) =>
      versions.map((version) => ({ name, version })),
    ),
    only: onlyOf(data.jobAddresses),
  }
}

function noteHoldings(turn: Turn, worker: LiveWorker, data: RowRequest): void {
  const { fetchState, soteriaJobs } = data
  if ((fetchState & fetchStates.startup) !== 0) {
    voidLeasesOf(turn, worker, 'the worker started again')
  } else if (soteriaJobs !== undefined && soteriaJobs !== null) {
    takeInventory(turn, worker, heldBy(turn, soteriaJobs))
  }
}

/** Slices by job. Dialect 5 workers name a job with its group: `job-group`. */
function heldBy(turn: Turn, jobs: HeldSlices): Map<number, SliceSet> {
  const held = new Map<number, SliceSet>()
  for (const [name, slices] of Object.entries(jobs)) {
    const job = findJob(turn.tx, name.split('-')[0] ?? '')
    if (job === undefined) continue
    held.set(job.no, unionSliceSet(held.get(job.no) ?? [], sliceSetOf(slices)))
  }
  return held
}

function answer(deps: OperationDeps, worker: string, rows: Rows | undefined): unknown {
  const { leases = {}, commissions = {} } = rows ?? {}
  const message = authorize(deps.signer, { worker, leases, commissions }, deps.clock.now())
  if (rows === undefined) return { ...message, body: {} }
  const { newJobs, task, groups: computeGroupJobs, origins: computeGroupOrigins } = rows
  const schedulerConfig = {
    shared: { frequencyMs: 240_000, debuggingFactor: 1, useLifetimeAnalysis: false },
    targetTaskDuration: officialTaskTargetMs / 1000,
  }
  return {
    ...message,
    body: { newJobs, task, computeGroupJobs, computeGroupOrigins, schedulerConfig },
  }
}

/** Shutting down: a signed message names the worker whose slices go back. */
async function returnAll(
  deps: OperationDeps,
  request: IncomingRequest,
  data: RowRequest,
): Promise<unknown> {
  const text = data.dialect === 5 ? data.returnAllSlices : undefined
  if (text === undefined) throw new DcpError('EBADARG', 'requestTask: "coreStats" is missing')
  const sealed = readMember('requestTask@3', 'returnAllSlices', () => parseSealed(text))
  const signer = recoverSigner(sealed.bodyText, sealed.signature, deps.crypto)
  if (signer !== request.peer) {
    throw new DcpError('EPERM', 'requestTask@3: "returnAllSlices" is signed by another key')
  }
  const { body } = sealed
  const id = typeof body === 'object' && body !== null && 'id' in body ? String(body.id) : ''
  await deps.turns.take((turn) => {
    const worker = turn.workers.get(workerKey(request.peer, id))
    if (worker !== undefined) voidLeasesOf(turn, worker, 'the worker returned everything')
  })
  return answer(deps, id, undefined)
}
