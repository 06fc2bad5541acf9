/**
 * A turn: one use case running in its place in the queue of changes, inside a transaction. It changes
 * the database and the copies in memory together, and notes what must happen once it is durable.
 * A use case throws a DcpError only before it changes anything.
 */
import { isDcpError } from '@manyhands/protocol'
import type { Clock, Random } from '@manyhands/protocol'
import type { Transaction, Writer } from '@manyhands/service'
import type { LeaseNews } from './events/lease-notice.ts'
import type { LooseEvent } from './events/loose-event.ts'
import { createLiveGroups } from './groups/live-groups.ts'
import type { LiveGroups } from './groups/live-groups.ts'
import { createInputs } from './jobs/inputs.ts'
import type { Inputs } from './jobs/inputs.ts'
import { createLiveJobs } from './jobs/live-jobs.ts'
import type { LiveJobs } from './jobs/live-jobs.ts'
import { leaseMs } from './limits.ts'
import { createLiveWorkers } from './tasks/live-workers.ts'
import type { LiveWorkers } from './tasks/live-workers.ts'

export interface Turn {
  readonly tx: Transaction
  readonly jobs: LiveJobs
  readonly workers: LiveWorkers
  readonly groups: LiveGroups
  readonly inputs: Inputs
  readonly random: Random
  /** Wall clock at the start of the turn. */
  readonly now: number
  readonly after: Aftermath
}

/** What a turn asks for once it is durable. */
export interface Aftermath {
  /** Waiting workers should be looked at again: in the same transaction, so that none idles meanwhile. */
  work: boolean
  /** Jobs whose subscribers have something to hear. */
  readonly changed: Set<number>
  readonly loose: LooseEvent[]
  /** What workers should hear of their leases. */
  readonly news: LeaseNews
}

export interface Turns {
  /** Runs a use case in its turn; what it asks for happens after the commit. */
  take<T>(useCase: (turn: Turn) => T): Promise<T>
  /** Looks at what is committed, at once. */
  read<T>(look: (tx: Transaction) => T): T
  readonly jobs: LiveJobs
  readonly workers: LiveWorkers
  readonly groups: LiveGroups
}

export interface TurnDeps {
  readonly writer: Writer
  readonly clock: Clock
  readonly random: Random
}

export interface TurnHooks {
  /** There may be work for workers that wait. */
  readonly wake: () => void
  /** A turn is durable. */
  readonly publish: (after: Aftermath) => void
}

export function createTurns(deps: TurnDeps, hooks: TurnHooks): Turns {
  const { writer, clock, random } = deps
  const jobs = createLiveJobs()
  const workers = createLiveWorkers()
  const groups = createLiveGroups()
  const inputs = createInputs()
  let stale = true

  function refresh(tx: Transaction): void {
    stale = false
    inputs.clear()
    groups.load(tx)
    jobs.load(tx)
    workers.adopt(jobs, clock.now(), leaseMs)
  }

  return {
    jobs,
    workers,
    groups,
    read: (look) => writer.read(look),
    async take<T>(useCase: (turn: Turn) => T): Promise<T> {
      const after: Aftermath = { work: false, changed: new Set(), loose: [], news: new Map() }
      let refused = false
      let value: T
      try {
        value = await writer.write((tx) => {
          if (stale) refresh(tx)
          try {
            const turn = { tx, jobs, workers, groups, inputs, random, now: clock.now(), after }
            const result = useCase(turn)
            if (after.work) hooks.wake()
            return result
          } catch (error) {
            if (isDcpError(error)) refused = true
            // A defect, or a failing disk: nobody knows how much of memory it had changed.
            else stale = true
            throw error
          }
        })
      } catch (error) {
        // A failed commit undid what the copies in memory already show.
        if (!refused) stale = true
        throw error
      }
      hooks.publish(after)
      return value
    },
  }
}
