/** What a handle and the thing that runs its job (a scheduler, or sandboxes here) know of each other. */
import type { JobStatus } from '../events/job-events.ts'
import type { ListedInput } from '../input/input-set.ts'
import type { JobReceipt } from './job.ts'
import type { ReadyState } from './ready-state.ts'

/** What the scheduler says of a new job. */
export interface SubmitReply {
  readonly escrow?: string
  readonly status?: string
  readonly lastSliceNumber?: number
  readonly receipt?: JobReceipt
}

/** How far a job is, and what all its slices took so far. */
export interface StatusReport extends Partial<JobStatus> {
  readonly cpuMs?: number
  readonly gpuMs?: number
  readonly outputBytes?: number
}

/** How a run tells the handle what happens. */
export interface RunListener {
  readyState(state: ReadyState): void
  submitted(reply: SubmitReply): void
  status(status: StatusReport): void
  /** One slice's result, once; `updated` follows. */
  result(slice: number, value: unknown): void
  updated(): void
  /** An event of the wire: console, error, noprogress, custom, nofunds, stop. */
  event(label: string, data: Readonly<Record<string, unknown>>): void
  /** Whether anybody listens to what a label brings. */
  wants(label: string): boolean
}

export interface Run {
  /** Resolves when all data is in; rejects when the job was given up before. */
  readonly deployed: Promise<void>
  /** Resolves when the job is finished and its results are told; rejects when it is cancelled. */
  readonly ended: Promise<void>
  /** A listener was added for a label that nobody listened to before. */
  want(label: string): void
  cancel(reason: string): Promise<void>
  addSlices(source: ListedInput['source']): Promise<void>
  /** No more slices will be added. */
  close(): Promise<void>
}
