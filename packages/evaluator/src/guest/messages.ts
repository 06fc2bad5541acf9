/**
 * What the trusted thread and the realm of the work function say to each other, by structured
 * clone. Arrays rather than objects: one is made for every slice.
 */
import type { Lost } from './lost.ts'

export type ConsoleLevel = 'debug' | 'info' | 'log' | 'warn' | 'error'

export interface GuestError {
  readonly name: string
  readonly message: string
  readonly code?: string
  readonly stack?: string
}

interface PublicDescription {
  readonly name: string
  readonly description: string
  readonly link: string
}

/** A value as it crosses, with what structured clone would lose of it. */
export interface Crossing {
  readonly value: unknown
  readonly lost: readonly Lost[] | undefined
}

export interface AssignOrder {
  readonly kind: 'assign'
  readonly workFunction: string
  /** Name of the worktime: what language the work function is written in. */
  readonly worktime: string
  readonly useStrict: boolean
  readonly public: PublicDescription
  readonly arguments: Crossing
  /** Module sources by id that are here already; others are asked for. */
  readonly modules: ReadonlyMap<string, string>
  readonly dependencies: readonly string[]
  readonly requirePath: readonly string[]
  readonly modulePath: readonly string[]
}

/** The files that a worktime is made of, which this guest does not hold itself. */
export interface WorktimeOrder {
  readonly kind: 'worktime'
  readonly name: string
  readonly files: ReadonlyMap<string, Uint8Array>
}

export interface RunOrder {
  readonly kind: 'run'
  readonly slices: readonly number[]
  readonly values: Crossing
  /** Slices whose input could not be decoded, with the reason. They fail without being run. */
  readonly unreadable: ReadonlyMap<number, string>
}

/** The answer to a `dependency` report. */
export type ModulesOrder =
  | { readonly kind: 'modules'; readonly id: number; readonly sources: ReadonlyMap<string, string> }
  | { readonly kind: 'modules'; readonly id: number; readonly error: GuestError }

export interface FetchedResponse {
  readonly url: string
  readonly redirected: boolean
  readonly status: number
  readonly statusText: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Uint8Array | null
}

/** The answer to a `fetch` report. */
export type FetchedOrder =
  | { readonly kind: 'fetched'; readonly id: number; readonly response: FetchedResponse }
  | { readonly kind: 'fetched'; readonly id: number; readonly error: GuestError }

/** Evaluates a text at the top of the realm; only the official line protocol orders this. */
export interface EvalOrder {
  readonly kind: 'eval'
  readonly id: string
  readonly source: string
  readonly filename: string
  /** What the text may look for under the names that the official scripts use. */
  readonly worktimes: unknown
}

export type RealmOrder =
  | AssignOrder
  | WorktimeOrder
  | RunOrder
  | ModulesOrder
  | FetchedOrder
  | EvalOrder
  | { readonly kind: 'stop' }

/** What the realm found out about itself before any untrusted byte ran. */
export interface RealmFeatures {
  /** Elementary functions give the results of fdlibm, to the last bit. */
  readonly fdlibm: boolean
  readonly useStrict: boolean
  readonly offscreenCanvas: boolean
  /** A real graphics processor was granted, and answers. */
  readonly webgpu: boolean
  /** What answers as one, in words: it may compute in software. */
  readonly adapter: string
}

export interface FetchRequest {
  readonly url: string
  readonly method: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Uint8Array | null
  readonly mode: string
  readonly credentials: string
  readonly redirect: string
}

/** A call of `progress`, with what the official worker wants to know of it. */
export interface ProgressDetails {
  /** The last known value, in percent; may be out of range. */
  readonly percent: number
  /** What the work function gave. */
  readonly value: string | number | undefined
  readonly indeterminate: boolean
  /** Calls since the last report that were not told. */
  readonly throttled: number
}

export type RealmReport =
  | readonly ['ready', RealmFeatures]
  | readonly ['assigned']
  | readonly ['refused', GuestError]
  | readonly ['result', slice: number, ms: number, progressed: boolean, value: Crossing]
  | readonly ['failure', slice: number, ms: number, progressed: boolean, error: GuestError]
  | readonly ['progress', slice: number, ProgressDetails]
  | readonly ['console', slice: number, level: ConsoleLevel, same: number, message?: Crossing]
  | readonly ['emit', slice: number, event: string, value: Crossing]
  | readonly ['reject', slice: number, reason: string, retries: number]
  | readonly ['dependency', id: number, modules: readonly string[]]
  | readonly ['fetch', id: number, request: FetchRequest]
  | readonly ['evaluated', id: string, value: Crossing]
  | readonly ['evalFailed', id: string, error: GuestError]
  /** Thrown while no slice was running, and caught by nobody. */
  | readonly ['uncaught', GuestError]
  /** The batch was stopped before its last slice; one that was not ends with its last report. */
  | readonly ['done']
