/** Puts the scheduler together: storage and memory, held requests, events, operations, timers. */
import type { Dispatch } from '@manyhands/connection'
import type { Address, CancelTimer, Clock, Logger, Random, Signer } from '@manyhands/protocol'
import { createMetrics } from '@manyhands/service'
import type { Metrics, ValueStore, Writer } from '@manyhands/service'
import type { Crypto } from '@manyhands/wallet'
import { createLeaseNotices } from './events/lease-notices.ts'
import { createRouter } from './events/router.ts'
import { createWorkerMessages } from './events/worker-messages.ts'
import { openGroupPolicy } from './groups/group-policy.ts'
import type { GroupPolicy } from './groups/group-policy.ts'
import { createMemberships } from './groups/proof.ts'
import { keepHouse } from './housekeeping.ts'
import { housekeepingMs, sweepMs, valueSweepMs } from './limits.ts'
import { createDispatch, isRepeatable } from './operations/dispatch.ts'
import { createJobOrder } from './operations/job-order.ts'
import { createRefusals } from './refusals.ts'
import { hasSlowLease } from './tasks/claim.ts'
import { isSweepDue, sweep } from './tasks/sweep.ts'
import { createWaiting } from './tasks/waiting.ts'
import { createTurns } from './turn.ts'
import { createShelf } from './values/shelf.ts'
import type { ValueUrl } from './values/shelf.ts'
import { usedAmong } from './values/values-store.ts'

export interface SchedulerDeps {
  /** Writes to a database that has `schedulerMigrations`; its owner closes it, after the scheduler. */
  readonly writer: Writer
  /** Where long values are kept; its owner closes it, after the scheduler. */
  readonly values: ValueStore
  /** Where `valueRoute` of that store serves a value, as seen by who came by a host. */
  readonly valueUrl: ValueUrl
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** The scheduler's identity: it signs what official workers echo. */
  readonly signer: Signer
  readonly crypto: Crypto
  /** Where it counts what it refused; nobody looks by default. */
  readonly metrics?: Metrics
  /** Everybody may make and delete compute groups of their own, unless it says otherwise. */
  readonly groupPolicy?: GroupPolicy
  /** Identities that may send messages to all workers and count the jobs of all; nobody by default. */
  readonly administrators?: readonly Address[]
}

export interface SchedulerLoad {
  readonly liveJobs: number
  readonly leases: number
  readonly workers: number
  /** Held requests for work. */
  readonly waiting: number
}

export interface Scheduler {
  /** Answers the requests of all services; operations at the service `dcp` are `service.operation`. */
  readonly dispatch: Dispatch
  /** True for operations that answer a repeated request instead of refusing it. */
  readonly repeatable: (service: string, operation: string) => boolean
  /** Takes up the jobs of the database and begins to watch leases. */
  start(): Promise<void>
  load(): SchedulerLoad
  /** Answers held requests, stops events and timers. What was accepted stays accepted. */
  close(): Promise<void>
}

export function createScheduler(deps: SchedulerDeps): Scheduler {
  const { clock, random, logger } = deps
  const turns = createTurns(deps, {
    wake: () => waiting.wake(),
    publish(after) {
      if (after.news.size > 0) leaseNotices.tell(after.news)
      router.publish(after)
    },
  })
  const waiting = createWaiting(turns, clock)
  const shelf = createShelf(deps)
  const boot = random.token(8)
  const router = createRouter({ turns, shelf, clock, logger, boot })
  const leaseNotices = createLeaseNotices({ boot })
  const jobOrder = createJobOrder()
  const refusals = createRefusals({ metrics: deps.metrics ?? createMetrics(), logger })
  const dispatch = createDispatch({
    ...deps,
    turns,
    waiting,
    router,
    workerMessages: createWorkerMessages({ boot }),
    leaseNotices,
    administrators: new Set(deps.administrators),
    shelf,
    jobOrder,
    refusals,
    memberships: createMemberships(deps.crypto, refusals),
    groupPolicy: deps.groupPolicy ?? openGroupPolicy,
  })
  const cancelTimers = new Set<CancelTimer>()
  let closed = false

  function every(ms: number, what: string, work: () => Promise<void>): void {
    let cancel: CancelTimer | undefined
    const run = (): void => {
      if (cancel !== undefined) cancelTimers.delete(cancel)
      work()
        .catch((error: unknown) => logger.warn(`${what} failed`, { error }))
        .finally(schedule)
    }
    function schedule(): void {
      if (closed) return
      cancel = clock.setTimer(ms, run, { background: true })
      cancelTimers.add(cancel)
    }
    schedule()
  }

  async function look(): Promise<void> {
    const { jobs, workers, groups } = turns
    const now = clock.now()
    if (isSweepDue({ jobs, workers, groups, now })) await turns.take(sweep)
    if (waiting.size === 0) return
    // Holes that were put off, and tails that became slow, are found by looking again.
    const hasHoles = [...jobs.ready].some(({ holes }) => holes.size > 0)
    if (waiting.skipped || hasHoles || hasSlowLease({ jobs, workers, groups, now })) waiting.wake()
  }

  return {
    dispatch,
    repeatable: isRepeatable,
    async start() {
      const { live } = await turns.take(({ jobs }) => ({ live: jobs.byNo.size }))
      logger.info('scheduler started', { liveJobs: live })
      every(sweepMs, 'the watch over leases', look)
      every(housekeepingMs, 'housekeeping', async () => {
        await turns.take((turn) => keepHouse(turn, router))
      })
      every(valueSweepMs, 'the search for unused values', async () => {
        await deps.values.sweep((keys) => turns.read((tx) => usedAmong(tx, keys)))
      })
    },
    load: () => ({
      liveJobs: turns.jobs.byNo.size,
      leases: turns.jobs.leases.size,
      workers: turns.workers.byKey.size,
      waiting: waiting.size,
    }),
    close() {
      closed = true
      for (const cancel of cancelTimers) cancel()
      cancelTimers.clear()
      waiting.close()
      router.close()
      return Promise.resolve()
    },
  }
}
