/**
 * Sees to it that a sandbox rests between its batches. What a work function has left running there
 * would be computed for nobody and paid by nobody; timers are cancelled, promises cannot be.
 */
import type { Clock } from '@manyhands/protocol'

import { idleLookMaxMs, idleLookMs } from '../limits.ts'

export interface IdleWatchOptions {
  readonly clock: Clock
  /** What it may use between two looks. */
  readonly allowanceMs: number
  /** Another value with every change of what the sandbox does; undefined while it may compute. */
  readonly rest: () => number | undefined
  /** Milliseconds on processors of all kinds so far; undefined where nobody can tell. */
  readonly measure: () => Promise<number | undefined>
  /** It has used more than it may; nothing is looked at any more. */
  readonly onUnrest: (usedMs: number) => void
}

/** Begins to look now and then; what it returns ends that. */
export function watchIdle(options: IdleWatchOptions): () => void {
  const { allowanceMs, clock, measure, onUnrest, rest } = options
  let seen: number | undefined
  let before: number | undefined
  let restless = false
  let waitMs = idleLookMs
  let cancel: () => void = () => undefined
  let closed = false

  function again(nextMs: number): void {
    waitMs = nextMs
    cancel = clock.setTimer(waitMs, () => void look(), { background: true })
  }

  /** What came after a batch within one look is taken for its end: the first look only measures. */
  async function look(): Promise<void> {
    const now = rest()
    const same = now !== undefined && now === seen
    seen = now
    if (!same) {
      before = undefined
      restless = false
    }
    const total = now === undefined ? undefined : await measure()
    if (closed) return
    if (total === undefined || rest() !== now) {
      before = undefined
      again(idleLookMs)
      return
    }
    const usedMs = before === undefined ? 0 : total - before
    // A big heap is tidied up at one go, and only once: what is computed for nobody goes on.
    const wasRestless = restless
    restless = usedMs > allowanceMs
    if (restless && wasRestless) {
      closed = true
      onUnrest(usedMs)
      return
    }
    const longer = before === undefined || restless ? waitMs : waitMs * 2
    before = total
    again(Math.min(longer, idleLookMaxMs))
  }

  again(idleLookMs)
  return () => {
    closed = true
    cancel()
  }
}
