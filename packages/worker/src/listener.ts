/** What a program that runs a worker may hear of it: for progress lines, and to leave when it must. */
import type { JobId, SliceFailure } from '@manyhands/protocol'

import type { SchedulerCommand } from './messages.ts'

/** starting → working → stopping → stopped. */
export type WorkerState = 'idle' | 'starting' | 'working' | 'stopping' | 'stopped'

export interface WorkerListener {
  state?(state: WorkerState): void
  /** A task arrived. */
  task?(task: { readonly job: JobId; readonly slices: number }): void
  /** The scheduler stored results of ours. */
  accepted?(chunk: { readonly job: JobId; readonly slices: number }): void
  /**
   * The scheduler wants something, and the worker already does it; after `kill`, `restart` and
   * `reload` it is leaving, and what comes then is for the program to do.
   */
  command?(command: SchedulerCommand): void
  /** A slice failed here and will be tried elsewhere. */
  failure?(failure: {
    readonly job: JobId
    readonly slice: number
    readonly error: SliceFailure
  }): void
}

export interface Listeners {
  add(listener: WorkerListener): () => void
  tell<Name extends keyof WorkerListener>(
    name: Name,
    event: Parameters<NonNullable<WorkerListener[Name]>>[0],
  ): void
}

export function createListeners(): Listeners {
  const all = new Set<WorkerListener>()
  return {
    add(listener) {
      all.add(listener)
      return () => {
        all.delete(listener)
      }
    },
    tell(name, event) {
      for (const listener of all) {
        const call = listener[name] as ((event: unknown) => void) | undefined
        call?.call(listener, event)
      }
    },
  }
}
