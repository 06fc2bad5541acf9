// A system under test, as the cases see it.
import type { WorkOrder } from './peers/work.mjs'

export interface System {
  readonly name: string
  /** What survives a crash, in words. */
  readonly durability: string
  /** Why it cannot run on this machine and how to change that; `undefined` when it can. */
  unavailable(): string | undefined
  start(tuning: Tuning): Promise<RunningSystem>
}

/** What suits a case; each system takes the same care. */
export interface Tuning {
  /** How many slices a worker may hold at once. */
  readonly prefetch: number
}

export interface RunningSystem {
  /** The program that submits and collects. */
  readonly submitterPid: number
  /** Every other process of the system; their descendants belong to it too. */
  readonly otherPids: readonly number[]
  runAll(order: WorkOrder): Promise<AllReply>
  runSerial(order: WorkOrder): Promise<SerialReply>
  /** Orders that only this system understands. */
  ask<Reply>(order: object): Promise<Reply>
  close(): Promise<void>
}

export interface AllReply {
  readonly ms: number
  /** Slices that are missing, repeated or wrong; a run counts only when there are none. */
  readonly wrong: number
}

export interface SerialReply {
  readonly latenciesMs: readonly number[]
  readonly wrong: number
}
