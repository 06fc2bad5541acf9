/** The request for work: who asks, with what, for whom. */
import type { Connection } from '@manyhands/connection'
import type { ColumnTaskRequest, JobId, WorkerId } from '@manyhands/protocol'
import type { SandboxDescription } from '@manyhands/sandbox'
import type { Crypto } from '@manyhands/wallet'

import { groupCredentials } from './compute-groups.ts'
import { limits } from '../limits.ts'
import type { WorkerOptions } from '../options.ts'

export interface Asking {
  readonly worker: WorkerId
  readonly incarnation: string
  /** Sandboxes' worth of work. */
  readonly cpu: number
  readonly known: readonly JobId[]
  /** Jobs it was told to leave alone. */
  readonly left: readonly string[]
  readonly description: SandboxDescription
}

/** Waits for a session, because the proofs of membership hold for one session only. */
export async function taskRequest(
  { worker, incarnation, cpu, known, left, description }: Asking,
  options: WorkerOptions,
  deps: { readonly connection: Connection; readonly crypto: Crypto; readonly signal: AbortSignal },
): Promise<ColumnTaskRequest> {
  const { connection, crypto, signal } = deps
  const { sandboxes, computeGroups = [], leavePublicGroup = false } = options
  const dcpsid = await connection.session(signal)
  const { logical, physical } = options.cores ?? { logical: sandboxes, physical: 0 }
  return {
    columns: 1,
    incarnation,
    known,
    waitMs: limits.taskWaitMs,
    targetLoad: { cpu, gpu: 0, longSlices: cpu },
    coreStats: { worker, lCores: logical, pCores: physical, sandbox: sandboxes },
    capabilities: description.capabilities,
    worktimes: description.worktimes,
    paymentAddress: options.paymentAddress ?? connection.identity,
    jobIds: options.jobIds ?? [],
    ...(left.length === 0 ? {} : { rejectedJobs: left }),
    workerComputeGroups: groupCredentials(computeGroups, leavePublicGroup, dcpsid, crypto),
    minimumWage: options.minimumWage ?? { CPU: 0, GPU: 0, in: 0, out: 0 },
  }
}
