// What workers ask and bring, ours and official ones.
import {
  type ColumnResultsReply,
  type ColumnTask,
  type ColumnTaskReply,
  columnOf,
  parseSliceSet,
  sliceCount,
  slicesIn,
} from '@manyhands/protocol'

import type { Peer } from './_rig.ts'

export interface WorkerOptions {
  readonly id?: string
  readonly incarnation?: string
  readonly sandboxes?: number
  readonly waitMs?: number
  readonly [field: string]: unknown
}

export function workerId(n: number): string {
  return `worker${n.toString().padStart(16, '0')}`
}

export function taskRequest(
  peer: Pick<Peer, 'address'>,
  options: WorkerOptions = {},
): Record<string, unknown> {
  const { id = workerId(1), incarnation = 'life-1', sandboxes = 1, waitMs = 0, ...others } = options
  return {
    columns: 1,
    incarnation,
    known: [],
    waitMs,
    targetLoad: { cpu: sandboxes, gpu: 0, longSlices: 0 },
    coreStats: { worker: id, lCores: sandboxes, pCores: sandboxes, sandbox: sandboxes },
    capabilities: 64,
    worktimes: [{ name: 'map-basic', version: '1.0.0' }],
    paymentAddress: peer.address,
    jobIds: [],
    workerComputeGroups: [{ joinKey: 'public', joinHashHash: 'any' }],
    minimumWage: { CPU: 0, GPU: 0, in: 0, out: 0 },
    ...others,
  }
}

/** What an official worker of dialect 5 asks with: slices in rows, and no life of its own. */
export function officialTaskRequest(
  peer: Pick<Peer, 'address'>,
  options: WorkerOptions = {},
): Record<string, unknown> {
  const {
    columns: _columns,
    incarnation: _incarnation,
    known: _known,
    waitMs: _waitMs,
    ...common
  } = taskRequest(peer, options)
  return {
    ...common,
    previouslyWorkedJobs: [],
    rejectedJobs: [null],
    unresolvedJobs: [],
    soteriaJobs: null,
    overdueSlices: null,
    fetchState: 1,
    seq: 0,
  }
}

export async function requestTask(
  worker: Peer,
  options: WorkerOptions = {},
): Promise<ColumnTaskReply> {
  const reply = await worker.send('taskDistributor.requestTask@3', taskRequest(worker, options))
  return reply as ColumnTaskReply
}

/** The values of a task: what came with it, or the slice numbers themselves. */
export function resultsOf(task: ColumnTask, id = workerId(1)): Record<string, unknown> {
  const slices = [...slicesIn(parseSliceSet(task.slices))]
  return {
    lease: task.lease,
    worker: id,
    slices: task.slices,
    values: columnOf(slices.map((slice) => slice * 10)),
    cpuMs: slices.length,
  }
}

/** The first of the tasks that a worker gets when it asks. */
export async function oneTask(peer: Peer, options: WorkerOptions = {}): Promise<ColumnTask> {
  const { tasks } = await requestTask(peer, options)
  const [task] = tasks
  if (task === undefined) throw new Error('there was no task')
  return task
}

export function sendResults(
  peer: Peer,
  data: unknown,
  stamp?: string,
): Promise<ColumnResultsReply> {
  const options = stamp === undefined ? {} : { stamp }
  return peer.send('resultSubmitter.results@1', data, options) as Promise<ColumnResultsReply>
}

/** Computes until there is nothing to do; the number of slices computed. */
export async function work(worker: Peer, options: WorkerOptions = {}): Promise<number> {
  let slices = 0
  for (;;) {
    const { tasks } = await requestTask(worker, options)
    if (tasks.length === 0) return slices
    for (const task of tasks) {
      await worker.send('resultSubmitter.results@1', resultsOf(task, options.id))
      slices += sliceCount(parseSliceSet(task.slices))
    }
  }
}

/** Results a client has heard of, in columns. */
export function resultsHeard(client: Peer): number {
  let sum = 0
  for (const { slices } of client.heard('results')) sum += sliceCount(parseSliceSet(String(slices)))
  return sum
}
