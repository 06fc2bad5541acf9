/**
 * Keeps the sandboxes busy: takes batches from the tasks in the order they came, runs each in a
 * sandbox, and says of every slice how it ended.
 */
import { isDcpError } from '@manyhands/protocol'
import type { CancelTimer, Clock, Random } from '@manyhands/protocol'
import type { BatchEnd, Sandbox, SliceBatch, SliceObserver } from '@manyhands/sandbox'

import { backoffMs } from '../calls.ts'
import { limits } from '../limits.ts'
import { fetchInputs } from '../remote/remote-slices.ts'
import type { Remote } from '../remote/remote.ts'
import type { Relay } from '../results/relay.ts'
import type { HeldTask } from '../tasks/task.ts'
import { createEndings, type EndingsDeps } from './endings.ts'
import type { SandboxPool } from './sandbox-pool.ts'

export interface CrewDeps extends Omit<EndingsDeps, 'onPosted' | 'relay' | 'remote' | 'size'> {
  readonly clock: Clock
  readonly random: Random
  readonly pool: SandboxPool
  readonly relay: Relay
  readonly remote: Remote
  /** The tasks in hand, the oldest first. */
  readonly tasks: () => Iterable<HeldTask>
  /** True: results pile up, start nothing. */
  readonly blocked: () => boolean
  /** A batch ended: the task may be over, or more may be wanted. */
  readonly onChange: () => void
}

export interface Crew {
  /** Starts batches while there are free sandboxes and pending slices. */
  pump(): void
  readonly free: number
  readonly running: number
  /** Starts nothing more and stops after the slices in progress. */
  stop(): void
  /** Ends the batches with slices of the task that are of no more use, after a moment by force. */
  endNeedless(task: HeldTask): void
  /** Resolves when no batch runs. */
  drained(): Promise<void>
}

interface Running {
  readonly task: HeldTask
  /** Slices whose end was not told; the one in progress is the first. */
  untold: Set<number>
  sandbox: Sandbox | undefined
  /** Spares its sandbox, once the batch has ended. */
  cancelKill: CancelTimer | undefined
}

export function createCrew(size: number, deps: CrewDeps): Crew {
  const { clock, random, logger, pool, relay, remote } = deps
  const running = new Set<Running>()
  const endings = createEndings({
    ...deps,
    size,
    onPosted() {
      deps.onChange()
      tellDrained()
    },
  })
  const waiters: (() => void)[] = []
  let stopped = false
  let startsFailed = 0
  let cancelPause: CancelTimer | undefined

  function tellDrained(): void {
    if (running.size > 0 || endings.posting > 0) return
    for (const done of waiters.splice(0)) done()
  }

  function conclude(task: HeldTask, sandbox: Sandbox, end: BatchEnd, untold: number[]): void {
    switch (end.kind) {
      case 'done':
        pool.release(sandbox)
        task.putBack(untold)
        break
      case 'died':
        pool.discard(sandbox)
        endings.died(task, end, untold)
        break
      case 'rejected':
        pool.discard(sandbox)
        endings.rejected(task, end, untold)
        break
    }
    if (stopped) endings.giveBackPending(task)
  }

  /** No sandbox can be had just now: nothing starts for a while, and after some tries all is given back. */
  function pause(error: unknown): void {
    startsFailed++
    const waitMs = backoffMs(startsFailed, random)
    logger.warn('a sandbox could not be had', { error, waitMs })
    if (startsFailed >= limits.startTriesMax)
      for (const task of deps.tasks()) endings.giveBackPending(task)
    cancelPause ??= clock.setTimer(waitMs, () => {
      cancelPause = undefined
      deps.onChange()
    })
  }

  /** The task got no sandbox: its own fault when the work function cannot be loaded. */
  function refuse(task: HeldTask, batch: SliceBatch, error: unknown): void {
    if (isDcpError(error) && !error.retryable && error.code !== 'EPIPE') {
      task.job.broken = error
      endings.broken(task, batch.slices, error)
      return
    }
    task.putBack(batch.slices)
    if (stopped) endings.giveBackPending(task)
    else pause(error)
  }

  async function work(one: Running, given: SliceBatch): Promise<void> {
    const { task } = one
    const filled = await withInputs(task, given)
    if (needed(task, filled).slices.length === 0) return
    let sandbox: Sandbox
    try {
      sandbox = await pool.acquire(task.job)
    } catch (error) {
      refuse(task, filled, error)
      return
    }
    startsFailed = 0
    one.sandbox = sandbox
    // What was withdrawn until now never starts.
    const batch = needed(task, filled)
    if (stopped || batch.slices.length === 0) {
      pool.release(sandbox)
      endings.giveBack(task, batch.slices)
      return
    }
    const untold = new Set(batch.slices)
    one.untold = untold
    const observer: SliceObserver = {
      results(results) {
        for (const result of results) {
          if (!untold.delete(result.slice)) continue
          endings.told(task, result)
        }
      },
      // The sandbox's own kill policy goes by progress; the scheduler hears of results and heartbeats.
      progress: () => undefined,
      console: (slice, level, message, same) => relay.console(task, slice, level, message, same),
      emit: (slice, event, data) => relay.emit(task, slice, event, data),
    }
    const started = clock.monotonic()
    const end = await sandbox.run(batch, observer)
    // The time of a slice that was not let finish says nothing.
    if (!isCut(task, end))
      task.job.pace.note(batch.slices.length - untold.size, clock.monotonic() - started)
    if (untold.size < batch.slices.length) task.startFailures = 0
    conclude(task, sandbox, end, [...untold])
  }

  /** The batch with everything that had to be fetched; slices whose input cannot be had are failed. */
  async function withInputs(task: HeldTask, given: SliceBatch): Promise<SliceBatch> {
    const fetching = fetchInputs(remote, task, given)
    if (fetching === undefined) return given
    const { batch, failed } = await fetching
    for (const { slice, failure } of failed) endings.fail(task, slice, failure)
    return batch
  }

  /**
   * A slice of no more use may end by itself, but soon; the others of its batch get another one. A
   * slice in progress that is still wanted is let finish.
   */
  function endSoon(one: Running): void {
    one.sandbox?.stop()
    one.cancelKill ??= clock.setTimer(limits.abandonGraceMs, () => {
      one.cancelKill = undefined
      const [current] = one.untold
      const isNeedless = current !== undefined && !one.task.isOpen(current)
      if (isNeedless && one.sandbox !== undefined) pool.discard(one.sandbox)
    })
  }

  function start(task: HeldTask, batch: SliceBatch): void {
    const untold = new Set(batch.slices)
    const one: Running = { task, untold, sandbox: undefined, cancelKill: undefined }
    running.add(one)
    void work(one, batch)
      .catch((error: unknown) => {
        logger.error('a batch ended in a defect', { job: task.job.id, error })
        endings.giveBack(task, batch.slices)
      })
      .finally(() => {
        one.cancelKill?.()
        running.delete(one)
        deps.onChange()
        crew.pump()
        tellDrained()
      })
  }

  const crew: Crew = {
    get free() {
      return cancelPause === undefined ? size - running.size : 0
    },
    get running() {
      return running.size
    },
    pump() {
      if (cancelPause !== undefined) return
      for (const task of deps.tasks()) {
        while (
          !stopped &&
          cancelPause === undefined &&
          running.size < size &&
          task.pending > 0 &&
          endings.posting < limits.postsMax &&
          !deps.blocked()
        ) {
          const batch = task.take(task.job.pace.next(task.pending, size))
          if (batch.slices.length === 0) break
          start(task, batch)
        }
      }
    },
    stop() {
      stopped = true
      cancelPause?.()
      for (const { sandbox } of running) sandbox?.stop()
      for (const task of deps.tasks()) endings.giveBackPending(task)
    },
    endNeedless(task) {
      for (const one of running) {
        if (one.task !== task) continue
        if ([...one.untold].some((slice) => !task.isOpen(slice))) endSoon(one)
      }
    },
    async drained() {
      if (running.size === 0 && endings.posting === 0) return
      await new Promise<void>((resolve) => {
        waiters.push(resolve)
      })
    },
  }
  return crew
}

/** What of the batch is still to be computed. */
function needed(task: HeldTask, batch: SliceBatch): SliceBatch {
  if (batch.slices.every((slice) => task.isOpen(slice))) return batch
  const isOpen = batch.slices.map((slice) => task.isOpen(slice))
  return {
    slices: batch.slices.filter((_, index) => isOpen[index]),
    values: batch.values.filter((_, index) => isOpen[index]),
  }
}

/** True when the sandbox was killed on a slice of no more use. */
function isCut(task: HeldTask, end: BatchEnd): boolean {
  return end.kind === 'died' && end.slice !== undefined && !task.isOpen(end.slice)
}
