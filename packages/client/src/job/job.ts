/** The job handle: what a program sets, does and hears of a job. */
import type { Address, Signature } from '@manyhands/protocol'

import type { SliceProfile } from '../compute/market.ts'
import type { PaymentAccount } from '../context.ts'
import type { Emitter } from '../events/emitter.ts'
import type { JobEvents, JobStatus, WorkEvent } from '../events/job-events.ts'
import type { ComputeGroup } from '../groups/join.ts'
import type { Location } from '../remote/remote-data.ts'
import type { ResultHandle } from '../results/result-handle.ts'
import type { PublicAttributes, Worktime } from './definition.ts'
import type { SlicePaymentOffer } from './payment-offer.ts'
import type { ReadyState } from './ready-state.ts'
import type { Requirements } from './requirements.ts'

/** What a program may set before `exec`. */
export interface JobProperties {
  requirements: Requirements
  /** The work function runs in strict mode. */
  useStrict: boolean | undefined
  initialSliceProfile: Partial<SliceProfile> | undefined
  slicePaymentOffer: SlicePaymentOffer | undefined
  requirePath: string[]
  modulePath: string[]
  /** Modules that the work function needs; `requires` adds to them. */
  dependencies: string[]
  /** False: results stay at the scheduler until `results.fetch`. */
  collateResults: boolean
  public: PublicAttributes
  contextId: string | undefined
  scheduler: URL
  /** False: the job stays open for `addSlices` until `close`. */
  autoClose: boolean
  /** Slices to measure before the job spreads; null: all. */
  estimationSlices: number | null | undefined
  greedyEstimation: boolean
  workerConsole: boolean
  /** What the work function is written in: `map-basic` is JavaScript, `pyodide` Python. */
  worktime: string | Worktime
  /** A range of versions of the worktime; by default those compatible with the known one. */
  worktimeVersion: string | undefined
  /** The worktime is one that only some workers know. */
  customWorktime: boolean
  /** Groups whose workers may compute it; the public one by default. */
  computeGroups: ComputeGroup[]
}

/** Signed by the scheduler: `signature` is over the JSON text of `receipt`, as a personal message. */
export interface JobReceipt {
  /** The address of the scheduler. */
  readonly owner: Address
  readonly signature: Signature
  readonly receipt: {
    readonly job: string
    readonly escrow: Address
    /** When the job was deployed, milliseconds since 1970. */
    readonly time: number
    /** SHA-256 of what was deployed, as JSON, in base64. */
    readonly hash: string
  }
}

/**
 * `Out` is what the work function returns for one slice; `Element` differs from it where results of
 * a multi range nest.
 */
export interface Job<In = unknown, Out = unknown, Element = Out>
  extends
    JobProperties,
    Emitter<
      JobEvents<Out, ResultHandle<In, Out, Element>, Job<In, Out, Element>>,
      Job<In, Out, Element>
    > {
  /** The client-made name of the job; the address of its escrow is `address`. */
  readonly id: string
  readonly address: string | undefined
  /** The scheduler's word that it took the job; of jobs that this handle deployed. */
  readonly receipt: JobReceipt | undefined
  readonly readyState: ReadyState
  readonly status: Readonly<JobStatus>
  /** Average cost of the slices computed so far; undefined until the scheduler tells. */
  readonly meanSliceProfile: Partial<SliceProfile> | undefined
  /** Present once the job is deployed. */
  readonly results: ResultHandle<In, Out, Element> | undefined
  /** Emits what the work function emits with `work.emit`, under the names it gives. */
  readonly work: Emitter<Record<string, [event: WorkEvent]>, Job<In, Out, Element>>
  /** Setting it after `exec` throws EPERM. */
  paymentAccount: PaymentAccount

  /**
   * Deploys the job and resolves when every slice has its result. Each argument that is given
   * replaces the property. On a job that is deployed already, takes it up again.
   * @throws DcpError EBADARG before anything is sent; otherwise the scheduler's code, such as
   *   ENOPROGRESS, ETOOMANYERRORS, ECANCEL.
   */
  exec(
    slicePaymentOffer?: SlicePaymentOffer,
    paymentAccount?: PaymentAccount,
    initialSliceProfile?: Partial<SliceProfile>,
  ): Promise<ResultHandle<In, Out, Element>>
  /**
   * Runs the job here, in that many sandboxes; no scheduler is needed. `false` runs the work
   * function in this program's own realm, unprotected.
   */
  localExec(cores?: number | false): Promise<ResultHandle<In, Out, Element>>
  /** Resolves when no further cost can arise. `exec` then rejects with ECANCEL. */
  cancel(reason?: string): Promise<void>
  /** Asks the scheduler to go on with a job that was paused. */
  resume(): Promise<void>
  /** Adds values to the input set of an open job, in order. */
  addSlices(source: Iterable<unknown> | AsyncIterable<unknown>): Promise<void>
  /** No more slices will be added; the job finishes when all have results. */
  close(): Promise<void>
  /**
   * Makes modules available to `require` in the work function: files of this program (`./lib`), npm
   * packages it has, or modules that are published (`package/file`). Throws EBADARG.
   */
  requires(modules: string | readonly string[]): void
  /**
   * Workers post each result to this place, and the result is what the place answers. In the location
   * `{job}`, `{slice}`, `{hash}` and `{unique}` are replaced. Throws EBADARG.
   */
  setResultStorage(location: Location, params: Readonly<Record<string, unknown>>): void
  /** Runs one slice in a local sandbox and tells what it took. */
  estimate(datum?: In): Promise<SliceProfile>
  setSlicePaymentOffer(offer: SlicePaymentOffer): void
  /** Throws EPERM after `exec`. */
  setPaymentAccountKeystore(account: PaymentAccount): void
}

/** Marks handles of this or any other copy of this package. */
export const jobMark: symbol = Symbol.for('manyhands.job')

export function isJob(value: unknown): value is Job {
  return typeof value === 'object' && value !== null && jobMark in value
}
