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
type Attempt<Answer> = (turn: Turn) => Answer | undefined

interface AskOptions<Answer = unknown> {
  /** Key of the worker: a newer request of it replaces an older one. */
  readonly worker: string
  readonly session: ServerSession
  /** How long the request may be held, milliseconds. */
  readonly waitMs: number
  /** False, in the turn of the first attempt: answered at once, with work or without. */
  readonly mayHold?: (turn: Turn) => boolean
  readonly attempt: Attempt<Answer>
}

export interface Waiting {
  /** The answer, at once or later; undefined when there was no work in time. */
  ask<Answer>(options: AskOptions<Answer>): Promise<Answer | undefined>
  /** There may be work now. */
  wake(): void
  readonly size: number
  /** True when work was kept from a request because its peer was out of reach just then. */
  readonly skipped: boolean
  /** Answers all requests and holds no more. */
  close(): void
}

interface Waiter extends AskOptions {
  readonly settle: (answer: unknown) => void
  readonly answer: Promise<unknown>
}

export function createWaiting(turns: Turns, clock: Clock): Waiting {
  /** In the order of arrival. */
  const waiters = new Map<string, Waiter>()
  let pumping = false
  let again = false
  let closed = false
  let skipped = false

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
    const mayCopy = hasSlowLease(turn)
    skipped = false
    for (const waiter of waiters.values()) {
      if (turn.jobs.ready.size === 0 && !mayCopy) break
      if (!waiter.session.connected) {
        skipped = true
        continue
      }
      const answer = waiter.attempt(turn)
      if (answer !== undefined) answered.push([waiter, answer])
    }
    return answered
  }

  function hold<Answer>(options: AskOptions<Answer>): Waiter {
    const { worker, session, waitMs } = options
    const { promise, resolve } = createDeferred()
    function settle(answer: unknown): void {
      if (waiters.get(worker) === waiter) waiters.delete(worker)
      cancelTimer()
      session.ended.removeEventListener('abort', giveUp)
      resolve(answer)
    }
    const giveUp = (): void => settle(undefined)
    const cancelTimer = clock.setTimer(waitMs, giveUp, { background: true })
    session.ended.addEventListener('abort', giveUp)
    const waiter: Waiter = { ...options, settle, answer: promise }
    waiters.get(worker)?.settle(undefined)
    waiters.set(worker, waiter)
    if (waiters.size > waitersMax) waiters.values().next().value?.settle(undefined)
    return waiter
  }

  async function ask<Answer>(options: AskOptions<Answer>): Promise<Answer | undefined> {
    let held: Waiter | undefined
    try {
      const answer = await turns.take((turn) => {
        waiters.get(options.worker)?.settle(undefined)
        const now = options.attempt(turn)
        const isOpen = !closed && options.waitMs > 0 && !options.session.ended.aborted
        const mayHold = isOpen && options.mayHold?.(turn) !== false
        // In this very turn, so that no turn in between can make work without being noticed.
        if (now === undefined && mayHold) held = hold(options)
        return now
      })
      // What settles a held request is what its own attempt answered.
      return held === undefined ? answer : ((await held.answer) as Answer | undefined)
    } catch (error) {
      held?.settle(undefined)
      throw error
    }
  }

  return {
    ask,
    wake,
    get size() {
      return waiters.size
    },
    get skipped() {
      return skipped
    },
    close() {
      closed = true
      for (const waiter of waiters.values()) waiter.settle(undefined)
    },
  }
}

interface Deferred {
  readonly promise: Promise<unknown>
  readonly resolve: (value: unknown) => void
}

function createDeferred(): Deferred {
  let resolve: (value: unknown) => void = () => undefined
  const promise = new Promise<unknown>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
