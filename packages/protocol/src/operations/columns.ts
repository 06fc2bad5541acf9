/**
 * The column operations: how our client and worker speak of many slices in one message
 * (operations.md §22.1). A column is a KVIN-marshalled array with one element per slice of a slice
 * set, in its order. Official programs never see these shapes.
 */
import type { Address, JobId, WorkerId } from '../ids.ts'
import type { GroupOrigins } from './compute-groups.ts'

/** Comma-separated slice numbers and inclusive runs, ascending: `"1-500,730"`. */
export type SliceSetText = string

/** `{"_serializeVerId":"v8","what":{"arr":[…]}}`: runs expanded, no references between elements. */
export interface Column {
  readonly _serializeVerId: 'v8'
  readonly what: { readonly arr: readonly unknown[] }
}

/** normal: from the cursor; retry: from a hole; estimate: while the job is measured; speculative: a second copy of a slow tail. */
export type LeaseKind = 'normal' | 'retry' | 'estimate' | 'speculative'

export interface ColumnTask {
  readonly lease: string
  readonly job: JobId
  readonly slices: SliceSetText
  /** Absent when the worker computes the input from the job's `dataRange`. */
  readonly values?: Column
  /** Milliseconds since 1970; a heartbeat of the worker moves it. */
  readonly deadline: number
  readonly kind: LeaseKind
  /** Id of the compute group in which the worker met the job; absent for a job of its own. */
  readonly group?: string
  /** Where the result of each slice is to be posted, in the order of the slices. */
  readonly resultLocations?: readonly string[]
}

/** Everything a worker needs to run a job's slices; sent once per worker and job. */
export interface JobArtifacts {
  readonly job: JobId
  /** The deploying identity: two owners never share a sandbox, whatever their work functions. */
  readonly owner: Address
  /** `data:,` and percent-encoded source, or an `http(s):` location. */
  readonly workFunctionURI: string
  /** KVIN-marshalled array of serialised values `{string, method, MIMEType}` or URLs. */
  readonly marshaledArguments: unknown
  /** A range whose values are all safe integers (or arrays of them); else slices come with `values`. */
  readonly dataRange?: unknown
  readonly useStrict: boolean
  readonly worktime: { readonly name: string; readonly version: string }
  readonly requirePath: readonly string[]
  readonly modulePath: readonly string[]
  readonly dependencies: readonly string[]
  readonly public: { readonly name: string; readonly description: string; readonly link: string }
  readonly workerConsole: boolean
  /** Further fields of the form in which results are posted to their locations. */
  readonly resultParams?: Readonly<Record<string, string>>
}

/** `requestTask@3` with `columns: 1`: the members of worker.md §2.1 that ours uses, and three more. */
export interface ColumnTaskRequest {
  readonly columns: 1
  /** Token of this life of the worker; another one voids the leases of the former. */
  readonly incarnation: string
  /** Jobs whose artifacts the worker holds. */
  readonly known: readonly JobId[]
  /** Longest time to hold the request while there is no work, milliseconds, at most 60,000. */
  readonly waitMs: number
  /** `cpu`: sandboxes without work. 0: nothing is wanted (a notice of life). */
  readonly targetLoad: { readonly cpu: number; readonly gpu: number; readonly longSlices: number }
  readonly coreStats: {
    readonly worker: WorkerId
    readonly lCores: number
    readonly pCores: number
    readonly sandbox: number
  }
  readonly capabilities: number
  readonly worktimes: readonly { readonly name: string; readonly version: string }[]
  readonly paymentAddress: string
  /** Empty: any job. */
  readonly jobIds: readonly string[]
  /** Jobs it does not want. */
  readonly rejectedJobs?: readonly string[]
  readonly workerComputeGroups: readonly {
    readonly joinKey: string
    readonly joinHashHash: string
  }[]
  readonly minimumWage: {
    readonly CPU: number
    readonly GPU: number
    readonly in: number
    readonly out: number
  }
}

export interface ColumnTaskReply {
  readonly tasks: readonly ColumnTask[]
  readonly jobs: Readonly<Record<string, JobArtifacts>>
  /** What the owners of the compute groups of these tasks ask their workers to reach, by group. */
  readonly computeGroupOrigins?: Readonly<Record<string, GroupOrigins>>
}

export interface SliceFailure {
  readonly name: string
  readonly message: string
  readonly code?: string
  readonly stack?: string
}

/** `results@1`: a chunk of one lease. Every slice of the lease ends in one of the three lists, once. */
export interface ColumnResults {
  readonly lease: string
  readonly worker: WorkerId
  readonly slices: SliceSetText
  readonly values: Column
  /** For all slices together, or one number per slice. */
  readonly cpuMs: number | readonly number[]
  /** The same on graphics processors; absent where nobody measured it. */
  readonly gpuMs?: number | readonly number[]
  readonly errors?: readonly (readonly [slice: number, error: SliceFailure])[]
  /** Not run here: to be issued again, without blame. */
  readonly returned?: SliceSetText
}

export interface ColumnResultsReply {
  readonly accepted: number
  /** Slices that already had a result. */
  readonly duplicate: SliceSetText
  readonly refused: readonly (readonly [slices: SliceSetText, code: string])[]
}

export interface Heartbeat {
  readonly worker: WorkerId
  readonly incarnation: string
  readonly leases: readonly string[]
}

export interface HeartbeatReply {
  /** Leases that are no longer the worker's: stop working on them. */
  readonly void: readonly string[]
  /** New deadline of the others, milliseconds since 1970. */
  readonly deadline: number
}

/** The event `results`, pushed to a subscriber that asked for it. */
export interface ResultsEvent {
  readonly eventName: 'results'
  readonly job: JobId
  /** Results of the job accepted up to and including this message; what `from` continues after. */
  readonly seq: number
  readonly slices: SliceSetText
  readonly values: Column
}

/** `workEmit` of our worker names its lease where the official one echoes an authorization. */
export interface ColumnWorkEmit {
  readonly eventName: 'console' | 'custom' | 'noProgress' | 'error' | 'progress'
  readonly payload: unknown
  readonly job: JobId
  readonly slice: number
  readonly worker: WorkerId
  readonly lease: string
}

/** `fetchResult@1`. */
export interface ColumnFetch {
  readonly job: string
  readonly slices?: SliceSetText
  readonly from?: number
  readonly limit?: number
}

export interface ColumnFetchReply {
  readonly seq: number
  readonly slices: SliceSetText
  readonly values: Column
  readonly more: boolean
}
