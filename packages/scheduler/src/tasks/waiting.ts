/**
 * Held requests for work: idle workers cost nothing, and a new job reaches them at once. A request is
 * answered when there is work, when its time is over, when its worker asks anew, or at close.
 */
import type { Clock } from '@manyhands/protocol'
import type { ServerSession } from '@manyhands/connection'
import { waitersMax } from '../limits.ts'
import type { Turn, Turns } from '../turn.ts'
import { hasSlowLease } from './claim.ts'

/** Tries to answer a request; undefined when there is no work for it. */
export type Attempt = (turn: Turn) => unknown

export interface HoldOptions {
  /** Key of the worker: a newer request of it replaces an older one. */
  readonly worker: string
  readonly session: ServerSession
  readonly waitMs: number
  readonly attempt: Attempt
}

export interface Waiting {
  /** The answer, or undefined when there was no work in time. */
  hold(options: HoldOptions): Promise<unknown>
  /** There may be work now. */
  wake(): void
  readonly size: number
  /** Answers all requests and holds no more. */
  close(): void
}

interface Waiter extends HoldOptions {
  readonly settle: (answer: unknown) => void
}

export function createWaiting(turns: Turns, clock: Clock): Waiting {
  /** In the order of arrival. */
  const waiters = new Map<string, Waiter>()
  let pumping = false
  let again = false
  let closed = false

  function wake(): void {
    if (closed || waiters.size === 0) return
    if (pumping) {
      again = true
      return
    }
    pumping = true
    void pump().finally(() => {
      pumping = false
      if (!again) return
      again = false
      wake()
    })
  }

  async function pump(): Promise<void> {
    let answered: readonly (readonly [Waiter, unknown])[]
    try {
      answered = await turns.take(answerAll)
    } catch {
      // The storage is in trouble; everybody is still waiting and the next sweep tries again.
      return
    }
    for (const [waiter, answer] of answered) waiter.settle(answer)
  }

  function answerAll(turn: Turn): (readonly [Waiter, unknown])[] {
    const answered: (readonly [Waiter, unknown])[] = []
    const maySteal = hasSlowLease(turn)
    for (const waiter of waiters.values()) {
      if (turn.jobs.ready.size === 0 && !maySteal) break
      if (!waiter.session.connected) continue
      const answer = waiter.attempt(turn)
      if (answer !== undefined) answered.push([waiter, answer])
    }
    return answered
  }

  function hold(options: HoldOptions): Promise<unknown> {
    const { worker, session, waitMs } = options
    waiters.get(worker)?.settle(undefined)
    if (closed || waitMs <= 0 || session.ended.aborted) return Promise.resolve(undefined)
    return new Promise((resolve) => {
      function settle(answer: unknown): void {
        if (waiters.get(worker) === waiter) waiters.delete(worker)
        cancelTimer()
        session.ended.removeEventListener('abort', giveUp)
        resolve(answer)
      }
      const giveUp = (): void => settle(undefined)
      const cancelTimer = clock.setTimer(waitMs, giveUp, { background: true })
      session.ended.addEventListener('abort', giveUp)
      const waiter: Waiter = { ...options, settle }
      waiters.set(worker, waiter)
      if (waiters.size > waitersMax) waiters.values().next().value?.settle(undefined)
      // A job may have become ready between the first attempt and now.
      if (turns.jobs.ready.size > 0) wake()
    })
  }

  return {
    hold,
    wake,
    get size() {
      return waiters.size
    },
    close() {
      closed = true
      for (const waiter of waiters.values()) waiter.settle(undefined)
    },
  }
}
