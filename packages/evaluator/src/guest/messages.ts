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
  readonly useStrict: boolean
  readonly public: PublicDescription
  readonly arguments: Crossing
}

export interface RunOrder {
  readonly kind: 'run'
  readonly slices: readonly number[]
  readonly values: Crossing
  /** Slices whose input could not be decoded, with the reason. They fail without being run. */
  readonly unreadable: ReadonlyMap<number, string>
}

export type RealmOrder = AssignOrder | RunOrder | { readonly kind: 'stop' }

export type RealmReport =
  | readonly ['ready']
  | readonly ['assigned']
  | readonly ['refused', GuestError]
  | readonly ['result', slice: number, ms: number, progressed: boolean, value: Crossing]
  | readonly ['failure', slice: number, ms: number, progressed: boolean, error: GuestError]
  | readonly ['progress', slice: number, fraction: number | undefined]
  | readonly ['console', slice: number, level: ConsoleLevel, same: number, message?: Crossing]
  | readonly ['emit', slice: number, event: string, value: Crossing]
  | readonly ['reject', slice: number, reason: string, retries: number]
  | readonly ['done']
