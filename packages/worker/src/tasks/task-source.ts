/**
 * Asks the scheduler for tasks: one request at a time, held by the scheduler while there is no
 * work, and repeated after every failure until the worker stops.
 */
import type { Clock, ColumnTaskReply, Logger, Random } from '@manyhands/protocol'

import { backoffMs } from '../calls.ts'
import { limits } from '../limits.ts'

export interface TaskSourceDeps {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Sandboxes' worth of work wanted now; 0: ask later, after `nudge`. */
  readonly wanted: () => number
  readonly request: (cpu: number, signal: AbortSignal) => Promise<ColumnTaskReply>
  readonly onReply: (reply: ColumnTaskReply) => Promise<void>
}

export interface TaskSource {
  start(): void
  /** Something changed: perhaps more work is wanted. */
  nudge(): void
  /** Asks no more. A request that is held may still be answered until `close`. */
  stop(): void
  close(): Promise<void>
}

export function createTaskSource(deps: TaskSourceDeps): TaskSource {
  const { clock, random, logger } = deps
  const closing = new AbortController()
  let stopping = false
  let wake: (() => void) | undefined
  let loop: Promise<void> | undefined

  async function untilWanted(): Promise<number> {
    for (;;) {
      const cpu = stopping ? 0 : deps.wanted()
      if (cpu > 0 || stopping) return cpu
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }

  async function pause(ms: number): Promise<void> {
    await clock.sleep(ms, closing.signal).catch((error: unknown) => {
      if (!closing.signal.aborted) throw error
    })
  }

  async function run(): Promise<void> {
    for (let failures = 0; !stopping;) {
      const cpu = await untilWanted()
      if (stopping) return
      const asked = clock.monotonic()
      try {
        const reply = await deps.request(cpu, closing.signal)
        await deps.onReply(reply)
        failures = 0
        const early = clock.monotonic() - asked < limits.emptyAnswerMs
        if (reply.tasks.length === 0 && early) await pause(limits.emptyAnswerMs)
      } catch (error) {
        if (closing.signal.aborted) return
        const level = failures === 3 ? 'warn' : 'debug'
        logger[level]('no task could be had from the scheduler', { error, failures })
        await pause(backoffMs(failures++, random))
      }
    }
  }

  return {
    start() {
      loop ??= run()
    },
    nudge() {
      wake?.()
      wake = undefined
    },
    stop() {
      stopping = true
      wake?.()
      wake = undefined
    },
    async close() {
      stopping = true
      wake?.()
      closing.abort()
      await loop
    },
  }
}
