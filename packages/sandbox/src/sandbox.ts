/**
 * How a supervisor drives a sandbox, whatever hosts it. Values cross this border as KVIN text:
 * the supervisor relays them and never decodes what a work function made.
 */

/** JSON text of one KVIN prepared value that refers to nothing outside itself (wire-protocol appendix A). */
export type PreparedText = string

/**
 * Finds the sources of modules by their ids, `package/file`. Called while the work function is loaded
 * and, for `module.provide`, while it runs.
 * @throws DcpError `ENOMODULE` or `EMODULETOOBIG`; the work function sees code and message.
 */
export type ModuleLoader = (
  ids: readonly string[],
  signal: AbortSignal,
) => Promise<ReadonlyMap<string, string>>

/** A request of the work function, as it made it: nothing in it is to be trusted. */
export interface GuestRequest {
  readonly url: string
  readonly method: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Uint8Array | undefined
  readonly redirect: 'follow' | 'error' | 'manual'
}

export interface GuestResponse {
  readonly url: string
  readonly redirected: boolean
  readonly status: number
  readonly statusText: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Uint8Array
}

/**
 * Carries out a `fetch` of the work function, outside the sandbox, if it may.
 * @throws DcpError `EPERM_ORIGIN`, `EFETCH` or `ETOOBIG`; the work function sees code and message.
 */
export type GuestFetch = (request: GuestRequest, signal: AbortSignal) => Promise<GuestResponse>

export interface WorkAssignment {
  /** Source text that evaluates to one function. */
  readonly workFunction: string
  readonly arguments: readonly PreparedText[]
  readonly useStrict: boolean
  readonly worktime: { readonly name: string; readonly version: string }
  readonly public: { readonly name: string; readonly description: string; readonly link: string }
  /** Module sources by `package/file`, already fetched, and the paths that find them. */
  readonly modules?: ReadonlyMap<string, string>
  readonly requirePath?: readonly string[]
  readonly modulePath?: readonly string[]
  /** Modules the work function needs before it is loaded. */
  readonly dependencies?: readonly string[]
  /** Absent: there are no modules but those of `modules`. */
  readonly loadModules?: ModuleLoader
  /** Absent: no origin is allowed. */
  readonly fetch?: GuestFetch
}

export interface SliceBatch {
  readonly slices: readonly number[]
  /** The input of each slice, in the order of `slices`. */
  readonly values: readonly PreparedText[]
}

export interface SliceError {
  readonly name: string
  readonly message: string
  readonly code?: string
  readonly stack?: string
}

/** What a slice used, measured by the host at each flush; what the guest says of it counts for nothing. */
export interface SliceUsage {
  readonly cpuMs: number
  /** Milliseconds on a graphics processor; absent where none was granted. */
  readonly gpuMs?: number
  /** Bytes that went into the sandbox for it: its input and what was fetched. Absent: not counted. */
  readonly bytesIn?: number
  /** Bytes that came out for it: its result, console, events, progress and requests. */
  readonly bytesOut?: number
}

export type SliceResult = SliceUsage &
  (
    | { readonly slice: number; readonly value: PreparedText }
    | { readonly slice: number; readonly error: SliceError }
  )

export type ConsoleLevel = 'debug' | 'info' | 'log' | 'warn' | 'error'

/** What a running batch tells. Every call is bounded in size and rate by the sandbox's limits. */
export interface SliceObserver {
  /** Finished slices, in batches, each slice once; `cpuMs` is measured by the host. */
  results(results: readonly SliceResult[]): void
  /** `undefined`: progress was made, how much is not known. */
  progress(slice: number, fraction: number | undefined): void
  /**
   * `message`: the arguments, with `same` 1; absent in the message that ends a run of equal calls,
   * where `same` is how many they were.
   */
  console(
    slice: number,
    level: ConsoleLevel,
    message: readonly PreparedText[] | undefined,
    same: number,
  ): void
  /** `work.emit(event, data)`. */
  emit(slice: number, event: string, data: PreparedText): void
}

/** One call of `progress` as it was heard. */
interface ProgressReport {
  /** Milliseconds since the slice began. */
  readonly timestamp: number
  /** From 0 to 1; absent where the call told no amount. */
  readonly progress?: number
}

/** How far a slice was when its sandbox died. */
export interface SliceProgress {
  readonly ranMs: number
  readonly last?: ProgressReport
  /** The last call that told an amount. */
  readonly lastUpdate?: ProgressReport
}

/** How a batch ended: all slices told, or the sandbox died on one of them. */
export type BatchEnd =
  | { readonly kind: 'done' }
  /** Everything not told by `results` did not run; `slice` is the one that was running. */
  | {
      readonly kind: 'died'
      readonly slice: number | undefined
      readonly error: SliceError
      readonly progress?: SliceProgress
    }
  /** `work.reject(reason, retries)`: the sandbox is gone; `slice` and later ones did not run. */
  | {
      readonly kind: 'rejected'
      readonly slice: number
      readonly reason: string
      readonly retries: number
    }

export interface SandboxDescription {
  /** Bit mask of `operations` §17.4. */
  readonly capabilities: number
  readonly worktimes: readonly { readonly name: string; readonly version: string }[]
  /** `bubblewrap` when the jail of the evaluator holds; `none` otherwise. */
  readonly jail: string
  /** The layers that hold a sandbox here, the innermost first, for people to read. */
  readonly protections?: readonly string[]
  /** What is missing for a jail and how to get it, for people to read; empty when there is one. */
  readonly missing?: readonly string[]
}

export interface Sandbox {
  readonly id: string
  /**
   * Loads a work function. May be called again with the same function, modules and worktime to
   * replace the arguments.
   * @throws DcpError `EUNCAUGHT` with the guest's stack when the text does not evaluate to a function.
   */
  assign(work: WorkAssignment): Promise<void>
  /** Runs the slices one after the other. One batch at a time. Never rejects for what a guest does. */
  run(batch: SliceBatch, observer: SliceObserver): Promise<BatchEnd>
  /** Stops after the slice in progress; `run` then ends as `done` with the rest untold. */
  stop(): void
  /** SIGKILL; a running batch ends as `died`. Idempotent. */
  kill(): Promise<void>
}

/** A place that makes sandboxes: an evaluator process, a browser page, or memory (tests only). */
export interface SandboxHost extends AsyncDisposable {
  describe(): Promise<SandboxDescription>
  create(signal?: AbortSignal): Promise<Sandbox>
  close(): Promise<void>
}
