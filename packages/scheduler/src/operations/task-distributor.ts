/** Service taskDistributor: work for workers, in columns for ours and in rows for official ones. */
import type { IncomingRequest } from '@manyhands/connection'
import {
  encodeSliceSet,
  isColumnTaskRequest,
  parseRequest,
  requestTask,
  requestTask3,
  requestTaskColumns,
} from '@manyhands/protocol'
import type { ColumnTask, ColumnTaskReply, GroupOrigins, JobArtifacts } from '@manyhands/protocol'
import { holdMaxMs, leaseMs, taskTargetMs } from '../limits.ts'
import { claimTasks } from '../tasks/claim.ts'
import type { Claimed } from '../tasks/claim.ts'
import { hearOnce } from '../tasks/hear.ts'
import { workerKey } from '../tasks/live-workers.ts'
import type { LiveWorker } from '../tasks/live-workers.ts'
import type { Offer } from '../tasks/offer.ts'
import type { Turn } from '../turn.ts'
import type { OperationDeps, Operations } from './call.ts'
import { readInput } from './read-input.ts'
import { resultLocations } from './result-locations.ts'
import { requestRows } from './rows/task-rows.ts'
import { isUnpaid, namesOf, onlyOf, sandboxCount } from './worker-offer.ts'

export function createTaskDistributor(deps: OperationDeps): Operations {
  return {
    async 'requestTask@3'(request) {
      if (isColumnTaskRequest(request.data)) return requestColumns(deps, request)
      const data = parseRequest(requestTask3, request.data, 'requestTask@3')
      return requestRows(deps, request, { dialect: 5, ...data })
    },
    async requestTask(request) {
      const data = parseRequest(requestTask, request.data, 'requestTask')
      return requestRows(deps, request, { dialect: 4, ...data })
    },
  }
}

async function requestColumns(deps: OperationDeps, request: IncomingRequest): Promise<unknown> {
  const data = parseRequest(requestTaskColumns, request.data, 'requestTask@3')
  const { session } = request
  const { incarnation, coreStats, paymentAddress: payee } = data
  const id = coreStats.worker
  const sandboxes = sandboxCount(coreStats.sandbox)
  const word = { peer: request.peer, id, incarnation, sandboxes, payee, leaseMs }
  const waitMs = Math.min(data.waitMs, holdMaxMs)
  const known = new Set<string>(data.known)
  const wanted = sandboxCount(data.targetLoad.cpu)
  const offer: Omit<Offer, 'worker' | 'groups'> = {
    wanted,
    capabilities: data.capabilities,
    worktimes: data.worktimes,
    only: onlyOf(data.jobIds),
    except: namesOf(data.rejectedJobs ?? []),
    unpaid: isUnpaid(data.minimumWage),
    targetMs: taskTargetMs,
    rows: false,
    kvin9: true,
  }

  const hear = hearOnce(word)

  function attempt(turn: Turn): ClaimedColumns | undefined {
    const worker = hear(turn)
    if (worker === undefined || wanted === 0) return undefined
    const groups = deps.memberships.of(turn.groups, session, data.workerComputeGroups)
    const claimed = claimTasks(turn, { ...offer, worker, groups })
    if (claimed.length === 0) return undefined
    return { claimed, reply: columnReply(turn, claimed, worker, known) }
  }

  const worker = workerKey(request.peer, id)
  const held = wanted === 0 ? 0 : waitMs
  const answer = await deps.waiting.ask({ worker, session, waitMs: held, attempt })
  if (answer === undefined) return { tasks: [], jobs: {} }
  // The values of the reply are those that are completed here.
  const reads = answer.claimed.map(async ({ job, input }) => {
    if (input !== undefined) await readInput(deps, job, deps.shelf.complete(input))
  })
  await Promise.all(reads)
  return answer.reply
}

interface ClaimedColumns {
  readonly claimed: readonly Claimed[]
  readonly reply: ColumnTaskReply
}

function columnReply(
  turn: Turn,
  claimed: readonly Claimed[],
  worker: LiveWorker,
  known: ReadonlySet<string>,
): ColumnTaskReply {
  const jobs: Record<string, JobArtifacts> = {}
  const origins: Record<string, GroupOrigins> = {}
  const tasks = claimed.map(({ job, lease, input }): ColumnTask => {
    const values = input?.values
    if (!known.has(job.id)) jobs[job.id] ??= artifactsOf(turn, job)
    const wanted = turn.groups.get(lease.group)?.properties.origins
    if (wanted !== undefined) origins[lease.group] = wanted
    const { resultStorage: storage } = turn.inputs.artifacts(turn.tx, job)
    return {
      lease: lease.id,
      job: job.id,
      slices: encodeSliceSet(lease.slices),
      ...(values === undefined ? {} : { values: { _serializeVerId: 'v8', what: { arr: values } } }),
      deadline: turn.now + worker.leaseMs,
      kind: lease.kind,
      ...(lease.group === '' ? {} : { group: lease.group }),
      ...(storage === undefined
        ? {}
        : { resultLocations: resultLocations(storage, job, lease.slices, turn.random) }),
    }
  })
  return { tasks, jobs, ...(isEmpty(origins) ? {} : { computeGroupOrigins: origins }) }
}

function isEmpty(record: object): boolean {
  return Object.keys(record).length === 0
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
    ...(artifacts.resultStorage === undefined
      ? {}
      : { resultParams: artifacts.resultStorage.params }),
  }
}
