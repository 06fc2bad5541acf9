/** Service taskDistributor: work for workers, in columns for ours and in rows for official ones. */
import { encodeSliceSet } from '@manyhands/protocol'
import type { ColumnTask, JobArtifacts } from '@manyhands/protocol'
import { holdMaxMs, leaseMs, taskTargetMs } from '../limits.ts'
import { claimTasks } from '../tasks/claim.ts'
import type { Claimed } from '../tasks/claim.ts'
import { hearWorker } from '../tasks/hear.ts'
import { workerKey } from '../tasks/live-workers.ts'
import type { LiveWorker } from '../tasks/live-workers.ts'
import type { Offer } from '../tasks/offer.ts'
import type { Turn } from '../turn.ts'
import type { Call, OperationDeps, Operations } from './call.ts'
import { requestRows } from './task-rows.ts'
import {
  readGroups,
  readJobNames,
  readSandboxes,
  readUnpaid,
  readWanted,
  readWorkerId,
  readWorktimes,
} from './worker-fields.ts'

const knownMax = 10_000

export function createTaskDistributor(deps: OperationDeps): Operations {
  return {
    'requestTask@3'(call) {
      const { fields } = call
      if (!fields.has('columns')) return requestRows(deps, call, 5)
      if (fields.source['columns'] !== 1) fields.refuse('columns', 'must be 1')
      return requestColumns(deps, call)
    },
    requestTask: (call) => requestRows(deps, call, 4),
  }
}

async function requestColumns(deps: OperationDeps, call: Call): Promise<unknown> {
  const { fields, request } = call
  const id = readWorkerId(fields.object('coreStats'), 'worker')
  const incarnation = fields.text('incarnation')
  const payee = fields.url('paymentAddress', 255)
  const sandboxes = readSandboxes(fields)
  const word = { peer: request.peer, id, incarnation, sandboxes, payee, leaseMs }
  const waitMs = Math.min(fields.optionalNumber('waitMs', { min: 0 }) ?? 0, holdMaxMs)
  const known = new Set(fields.texts('known', knownMax))
  const wanted = readWanted(fields)
  const only = readJobNames(fields, 'jobIds')
  const offer: Omit<Offer, 'worker'> = {
    wanted,
    groups: readGroups(fields),
    capabilities: fields.number('capabilities', { min: 0, integer: true }),
    worktimes: readWorktimes(fields),
    only: only.size === 0 ? undefined : only,
    except: new Set(),
    unpaid: readUnpaid(fields),
    targetMs: taskTargetMs,
    rows: false,
  }

  function attempt(turn: Turn): unknown {
    const worker = hearWorker(turn, word)
    if (wanted === 0) return undefined
    const claimed = claimTasks(turn, { ...offer, worker })
    return claimed.length === 0 ? undefined : columnReply(turn, claimed, worker, known)
  }

  const empty = { tasks: [], jobs: {} }
  const first = await deps.turns.take(attempt)
  if (first !== undefined || wanted === 0) return first ?? empty
  const worker = workerKey(request.peer, id)
  return (await deps.waiting.hold({ worker, session: request.session, waitMs, attempt })) ?? empty
}

function columnReply(
  turn: Turn,
  claimed: readonly Claimed[],
  worker: LiveWorker,
  known: ReadonlySet<string>,
): { readonly tasks: ColumnTask[]; readonly jobs: Record<string, JobArtifacts> } {
  const jobs: Record<string, JobArtifacts> = {}
  const tasks = claimed.map(({ job, lease, values }): ColumnTask => {
    if (!known.has(job.id)) jobs[job.id] ??= artifactsOf(turn, job)
    return {
      lease: lease.id,
      job: job.id,
      slices: encodeSliceSet(lease.slices),
      ...(values === undefined ? {} : { values: { _serializeVerId: 'v8', what: { arr: values } } }),
      deadline: turn.now + worker.leaseMs,
      kind: lease.kind,
    }
  })
  return { tasks, jobs }
}

function artifactsOf(turn: Turn, job: Claimed['job']): JobArtifacts {
  const artifacts = turn.inputs.artifacts(turn.tx, job)
  const dataRange = turn.inputs.sharedRange(turn.tx, job)
  return {
    job: job.id,
    owner: job.owner,
    workFunctionURI: artifacts.workFunctionURI,
    marshaledArguments: artifacts.marshaledArguments,
    ...(dataRange === undefined ? {} : { dataRange }),
    useStrict: artifacts.useStrict,
    worktime: { name: job.worktimeName, version: job.worktimeVersion },
    requirePath: artifacts.requirePath,
    modulePath: artifacts.modulePath,
    dependencies: artifacts.dependencies,
    public: { name: job.name, description: job.description, link: job.link },
    workerConsole: artifacts.workerConsole,
  }
}
