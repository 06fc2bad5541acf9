/**
 * What the worker has in hand: the tasks it holds, from the moment they come until their last slice
 * has ended, and how much more of them it wants.
 */
import type { ColumnTaskReply, Logger, SliceSet } from '@manyhands/protocol'

import type { WorkerListener } from '../listener.ts'
import type { Outbox } from '../results/outbox.ts'
import type { Crew } from '../slices/crew.ts'
import { createArrivals } from './arrivals.ts'
import type { Intake } from './intake.ts'
import { wantedLoad } from './prefetch.ts'
import type { HeldTask } from './task.ts'

export interface HandDeps {
  readonly logger: Logger
  readonly sandboxes: number
  readonly crew: Pick<Crew, 'endNeedless' | 'free' | 'pump' | 'stop'>
  readonly outbox: Pick<Outbox, 'complete' | 'drop' | 'full' | 'giveBack' | 'leases'>
  readonly intake: Intake
  /** True: tasks are taken and run. */
  readonly isWorking: () => boolean
  /** More work may be wanted now. */
  readonly nudge: () => void
  readonly onTask: NonNullable<WorkerListener['task']>
}

export interface Hand {
  /** The oldest first. */
  readonly tasks: Iterable<HeldTask>
  readonly size: number
  /** Slices that have not ended. */
  readonly open: number
  /** All leases that are still spoken for. */
  leases(): string[]
  /** Sandboxes' worth of work to ask for; 0: nothing now. */
  wanted(): number
  take(reply: ColumnTaskReply): Promise<void>
  /** Something ended or came free: tasks may be over, and others may begin. */
  change(): void
  /** The lease is no longer ours. */
  abandon(lease: string): void
  /** Another worker was quicker with these slices of the lease; the others go on. */
  withdraw(lease: string, slices: SliceSet): void
  /** Gives back what it holds of a job, and takes no more of it. */
  leave(job: string): void
}

export function createHand(deps: HandDeps): Hand {
  const { crew, intake, logger, outbox, sandboxes } = deps
  const tasks = new Map<string, HeldTask>()
  const arrivals = createArrivals()
  let lastTaskSize = 0

  function wanted(): number {
    if (!deps.isWorking() || outbox.full) return 0
    return wantedLoad({ tasks: tasks.values(), lastTaskSize, sandboxes, free: crew.free })
  }

  /** The last results of a job wait for no others. */
  function completeUnlessHeld({ job }: HeldTask): void {
    for (const task of tasks.values()) if (task.job.id === job.id) return
    outbox.complete(job.id)
  }

  function change(): void {
    const over = [...tasks.values()].filter(({ open }) => open === 0)
    for (const { lease } of over) tasks.delete(lease)
    for (const task of over) completeUnlessHeld(task)
    crew.pump()
    if (wanted() > 0) deps.nudge()
  }

  /** Puts what was taken in hand, then follows what was said of it meanwhile. */
  function hold(taken: readonly HeldTask[], leases: readonly string[]): void {
    if (taken.length > 0) lastTaskSize = taken.reduce((sum, { total }) => sum + total, 0)
    for (const task of taken) {
      tasks.set(task.lease, task)
      deps.onTask({ job: task.job.id, slices: task.total })
    }
    for (const lease of leases) {
      const word = arrivals.remove(lease)
      if (word?.isOver === true) abandon(lease)
      else if (word !== undefined) withdraw(lease, word.withdrawn)
    }
  }

  function abandon(lease: string): void {
    if (arrivals.note(lease, { isOver: true })) return
    const task = tasks.get(lease)
    outbox.drop(lease)
    if (task === undefined) return
    logger.info('a lease is no longer ours', { lease, job: task.job.id, open: task.open })
    tasks.delete(lease)
    task.abandon()
    crew.endNeedless(task)
    completeUnlessHeld(task)
    change()
  }

  function withdraw(lease: string, slices: SliceSet): void {
    if (arrivals.note(lease, { withdrawn: slices })) return
    const task = tasks.get(lease)
    const count = task?.withdraw(slices) ?? 0
    if (task === undefined || count === 0) return
    logger.debug('another worker was quicker', { lease, job: task.job.id, slices: count })
    crew.endNeedless(task)
    change()
  }

  return {
    get tasks() {
      return tasks.values()
    },
    get size() {
      return tasks.size
    },
    get open() {
      let open = 0
      for (const task of tasks.values()) open += task.open
      return open
    },
    leases: () => [...new Set([...arrivals.leases, ...tasks.keys(), ...outbox.leases()])],
    wanted,
    async take(reply) {
      if (!deps.isWorking()) {
        intake.decline(reply)
        return
      }
      const leases = reply.tasks.map(({ lease }) => lease)
      arrivals.add(leases)
      let taken: readonly HeldTask[] = []
      try {
        taken = await intake.take(reply)
      } finally {
        hold(taken, leases)
      }
      if (deps.isWorking()) change()
      else crew.stop()
    },
    change,
    abandon,
    withdraw,
    leave(job) {
      intake.leave(job)
      for (const task of tasks.values()) {
        if (task.job.id !== job) continue
        outbox.giveBack(task.lease, task.job.id, task.endAll())
        crew.endNeedless(task)
      }
      change()
    },
  }
}
