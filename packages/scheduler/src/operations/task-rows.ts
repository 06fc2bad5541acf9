/**
 * Work for official workers: one message for each slice, in the dialect that was asked in
 * (worker §2.1 to §2.5).
 */
import {
  DcpError,
  fetchStates,
  kvinUri,
  parseSealed,
  publicComputeGroup,
  slicesIn,
} from '@manyhands/protocol'
import { recoverSigner } from '@manyhands/wallet'
import { holdMaxMs, officialLeaseMs, officialTaskTargetMs } from '../limits.ts'
import { claimTasks } from '../tasks/claim.ts'
import type { Claimed } from '../tasks/claim.ts'
import { hearWorker } from '../tasks/hear.ts'
import { workerKey } from '../tasks/live-workers.ts'
import type { LiveWorker } from '../tasks/live-workers.ts'
import type { Offer } from '../tasks/offer.ts'
import { voidLeasesOf } from '../tasks/release.ts'
import type { Turn } from '../turn.ts'
import { authorize } from './authorization-message.ts'
import type { Call, OperationDeps } from './call.ts'
import type { Fields } from './fields.ts'
import { jobObject, storageOf } from './job-object.ts'
import type { Dialect } from './job-object.ts'
import { maskOf } from './requirements.ts'
import {
  readGroups,
  readJobNames,
  readSandboxes,
  readUnpaid,
  readWanted,
  readWorkerId,
  readWorktimes,
} from './worker-fields.ts'

/** Job objects and slice messages by the name the job has with this worker, and its leases. */
interface Rows {
  readonly newJobs: Record<string, unknown>
  readonly task: Record<string, unknown[]>
  readonly leases: Record<string, string>
}

const namesMax = 10_000
const sealedTextMax = 65_536

export async function requestRows(
  deps: OperationDeps,
  call: Call,
  dialect: Dialect,
): Promise<unknown> {
  const { fields, request } = call
  const fetchState = fields.optionalNumber('fetchState', { min: 0, integer: true }) ?? 0
  if (!fields.has('coreStats')) return returnAll(deps, call)
  const id = readWorkerId(fields.object('coreStats'), 'worker')
  const sandboxes = readSandboxes(fields)
  const payee = fields.url('paymentAddress', 255)
  const word = { peer: request.peer, id, sandboxes, payee, leaseMs: officialLeaseMs }
  const wantsWork = (fetchState & fetchStates.normal) !== 0
  const offer = wantsWork ? readOffer(fields, dialect) : undefined
  const names = readNames(fields, dialect)
  const isFirst = (fetchState & fetchStates.startup) !== 0

  function hear(turn: Turn): LiveWorker {
    const worker = hearWorker(turn, word)
    if (isFirst) voidLeasesOf(turn, worker, 'the worker started again')
    return worker
  }

  function attempt(turn: Turn): Rows | undefined {
    const worker = hearWorker(turn, word)
    if (offer === undefined || offer.wanted === 0) return undefined
    const claimed = claimTasks(turn, { ...offer, worker })
    return claimed.length === 0 ? undefined : rowsOf(turn, claimed, id, dialect, names)
  }

  const first = await deps.turns.take((turn) => {
    hear(turn)
    return attempt(turn)
  })
  if (first !== undefined) return answer(deps, id, first)
  if (offer === undefined || offer.wanted === 0) return answer(deps, id, undefined)
  const worker = workerKey(request.peer, id)
  const { session } = request
  const held = await deps.waiting.hold({ worker, session, waitMs: holdMaxMs, attempt })
  return answer(deps, id, held as Rows | undefined)
}

function readOffer(fields: Fields, dialect: Dialect): Omit<Offer, 'worker'> {
  const only = readJobNames(fields, dialect === 5 ? 'jobIds' : 'jobAddresses')
  const except = [
    ...readJobNames(fields, 'rejectedJobs'),
    ...readJobNames(fields, 'unresolvedJobs'),
  ]
  return {
    wanted: readWanted(fields),
    groups: readGroups(fields),
    capabilities:
      dialect === 5
        ? fields.number('capabilities', { min: 0, integer: true })
        : maskOf(fields.object('capabilities')),
    worktimes: readWorktimes(fields),
    only: only.size === 0 ? undefined : only,
    except: new Set(except),
    unpaid: readUnpaid(fields),
    targetMs: officialTaskTargetMs,
    rows: true,
  }
}

/** The strings with which the worker named jobs; it must be answered with the very same. */
function readNames(fields: Fields, dialect: Dialect): readonly string[] {
  const list = fields.list(dialect === 5 ? 'jobIds' : 'jobAddresses', namesMax)
  return list.filter((name) => typeof name === 'string')
}

function rowsOf(
  turn: Turn,
  claimed: readonly Claimed[],
  worker: string,
  dialect: Dialect,
  names: readonly string[],
): Rows {
  const rows: Rows = { newJobs: {}, task: {}, leases: {} }
  for (const one of claimed) {
    const { job, lease } = one
    const name = nameFor(job, dialect, names)
    // One lease for a job and answer: a second one of the same job waits for the next request.
    rows.leases[name] = lease.id
    rows.newJobs[name] ??= jobObject(turn, job, name, dialect)
    rows.task[name] = [
      ...(rows.task[name] ?? []),
      ...sliceMessages(turn, one, worker, name, dialect),
    ]
  }
  return rows
}

function nameFor(job: Claimed['job'], dialect: Dialect, names: readonly string[]): string {
  const address = job.address.toLowerCase()
  const given = names.find((name) => {
    const lower = name.toLowerCase()
    return name === job.id || lower === address || `0x${lower}` === address
  })
  return given ?? (dialect === 5 ? job.id : job.address)
}

function sliceMessages(
  turn: Turn,
  { job, lease, values }: Claimed,
  worker: string,
  name: string,
  dialect: Dialect,
): unknown[] {
  const artifacts = turn.inputs.artifacts(turn.tx, job)
  let index = 0
  return [...slicesIn(lease.slices)].map((sliceNumber) => {
    const value = values?.[index++]
    const uri =
      values === undefined
        ? turn.inputs.location(turn.tx, job, sliceNumber)
        : uriOf(value, JSON.stringify(value))
    return {
      [dialect === 5 ? 'jobId' : 'jobAddress']: name,
      worker,
      sliceNumber,
      cotaskCount: 0,
      isEstimationSlice: lease.kind === 'estimate',
      isLongSlice: false,
      timestamp: turn.now,
      ...(uri === undefined ? {} : { datumUri: uri }),
      ...storageOf(artifacts, job, sliceNumber, turn.random),
    }
  })
}

/** A location stands for what is there; every other value travels as it is. */
function uriOf(prepared: unknown, text: string): string {
  if (typeof prepared === 'object' && prepared !== null && 'ctr' in prepared && 'arg' in prepared) {
    const { ctr, arg } = prepared
    const isLocation = ctr === 18 || ctr === 'URL' || ctr === 'dcpUrl$$DcpURL'
    if (isLocation && typeof arg === 'string') return arg
  }
  return kvinUri(text)
}

function answer(deps: OperationDeps, worker: string, rows: Rows | undefined): unknown {
  const message = authorize(deps.signer, worker, rows?.leases ?? {}, deps.clock.now())
  if (rows === undefined) return { ...message, body: {} }
  const { newJobs, task } = rows
  const computeGroupJobs = { [publicComputeGroup.opaqueId]: Object.keys(newJobs) }
  const schedulerConfig = {
    shared: { frequencyMs: 240_000, debuggingFactor: 1, useLifetimeAnalysis: false },
    targetTaskDuration: officialTaskTargetMs / 1000,
  }
  return {
    ...message,
    body: { newJobs, task, computeGroupJobs, computeGroupOrigins: {}, schedulerConfig },
  }
}

/** Shutting down: a signed message names the worker whose slices go back. */
async function returnAll(deps: OperationDeps, { fields, request }: Call): Promise<unknown> {
  const { owner, signature, bodyText, body } = parseSealed(
    fields.text('returnAllSlices', sealedTextMax),
  )
  const signer = recoverSigner(bodyText, signature, deps.crypto)
  const id = typeof body === 'object' && body !== null && 'id' in body ? body.id : undefined
  if (signer !== request.peer || signer.toLowerCase() !== owner.toLowerCase()) {
    throw new DcpError('EPERM', `${fields.operation}: "returnAllSlices" is signed by another key`)
  }
  if (typeof id !== 'string') return fields.refuse('returnAllSlices', 'must name a worker')
  await deps.turns.take((turn) => {
    const worker = turn.workers.get(workerKey(request.peer, id))
    if (worker !== undefined) voidLeasesOf(turn, worker, 'the worker returned everything')
  })
  return answer(deps, id, undefined)
}
