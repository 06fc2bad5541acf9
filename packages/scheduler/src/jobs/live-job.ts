/**
 * A live job as the scheduler holds it in memory: its row, its counters and what is in flight. The
 * database is the truth; this is a copy that every use case changes in the same breath, and that is
 * read anew whenever a transaction was undone. Its size grows with leases and holes, never with the
 * input set.
 */
import type { Address, JobId, JobState, SliceSet } from '@manyhands/protocol'
import type { Cost } from '../results/claimed-cost.ts'
import type { Timing } from '../tasks/sizing.ts'
import type { Unwilling } from '../tasks/unwilling.ts'

export type InputKind = 'values' | 'range' | 'pattern' | 'local'

export interface JobFacts {
  readonly no: number
  readonly id: JobId
  /** The escrow address: also a name of the job. */
  readonly address: Address
  readonly owner: Address
  readonly payer: Address
  /** 5: `submit@5`; 4: `submit@2`. */
  readonly dialect: number
  readonly flags: number
  readonly inputKind: InputKind
  readonly requirements: number
  /** Names of the things a dialect 4 job must not have, and other facts a mask cannot say. */
  readonly requirementsObject: unknown
  readonly worktimeName: string
  readonly worktimeVersion: string
  /** null: estimated for ever. */
  readonly estimationSlices: number | null
  readonly name: string
  readonly description: string
  readonly link: string
  readonly deployed: number
}

export interface Hole {
  readonly id: number
  slices: SliceSet
  readonly reason: string
  readonly attempts: number
  readonly notBefore: number
  /** Keys of workers that should not get these slices while others can. */
  readonly excluded: readonly string[]
}

export type StoredLeaseKind = 'normal' | 'retry' | 'estimate' | 'speculative'

export interface LiveLease {
  readonly id: string
  readonly job: LiveJob
  /** Key of the worker: its identity and its id. */
  readonly worker: string
  /** Address its work is paid to. */
  readonly payee: string
  readonly incarnation: string
  readonly kind: StoredLeaseKind
  /** Id of the compute group in which the worker met the job; empty for a job of its own. */
  readonly group: string
  readonly slices: SliceSet
  /** Slices without a result, an error or a return. */
  open: SliceSet
  readonly issued: number
  /** When the last results of it came. */
  touched: number
  /** What its results used, as far as this process saw them come. */
  spent: Cost
  /** Slices of it that another worker got, too. */
  copied: SliceSet
  /** True when it was read from the database, and may be of an earlier process. */
  readonly stored: boolean
}

export interface LiveJob extends JobFacts {
  state: JobState
  closed: boolean
  /** Slices known so far. */
  total: number
  /** The lowest slice never given out. */
  next: number
  computed: number
  seq: number
  cpuMs: number
  /** Milliseconds on graphics processors, where workers can measure them. */
  gpuMs: number
  /** Characters of all results. */
  bytes: number
  failures: number
  timing: Timing
  lastContact: number
  /** Has values that workers of dialect 4 cannot read. */
  needsKvin9: boolean
  readonly groups: Set<string>
  readonly holes: Map<number, Hole>
  readonly leases: Map<string, LiveLease>
  /** Workers that got a slice of a discrete job. */
  readonly servedWorkers: Set<string>
  /** By the key of a worker. */
  readonly unwilling: Map<string, Unwilling>
  /** Virtual clock of fair sharing. */
  served: number
}

/** Slices given out at least once. */
export function distributed(job: { readonly next: number }): number {
  return job.next - 1
}

/** True when slices wait to be given out, now or after a delay. */
export function hasPending(job: LiveJob): boolean {
  return job.next <= job.total || job.holes.size > 0
}
