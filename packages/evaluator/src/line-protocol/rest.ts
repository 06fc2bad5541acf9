/**
 * Sees to it that a sandbox rests between its slices: what a work function has left running there
 * would be computed for nobody. The official worker does not look.
 */
import { lineLimits } from './limits.ts'

export interface RestOptions {
  /** Milliseconds on processors of all kinds so far; undefined where nobody can tell. */
  readonly usedMs: () => number | undefined
  /** It uses more than it may. */
  readonly onUnrest: () => void
  /** Calls back once; what it returns takes that back. */
  readonly setTimer?: (delayMs: number, callback: () => void) => () => void
}

export interface Rest {
  /** The slice has ended. */
  begin(): void
  /** The next one comes, or nothing more. */
  end(): void
}

interface Look {
  readonly used: number
  readonly restless: boolean
  /** How long after it the next one comes. */
  readonly waitMs: number
}

const { restAllowanceMs, restLookMaxMs, restLookMs } = lineLimits

function setTimer(delayMs: number, callback: () => void): () => void {
  const timer = setTimeout(callback, delayMs).unref()
  return () => clearTimeout(timer)
}

/** Looks soon, then ever more rarely; the end of a slice is over before the first look. */
export function createRest({ onUnrest, usedMs, ...options }: RestOptions): Rest {
  const timerOf = options.setTimer ?? setTimer
  let cancel: (() => void) | undefined

  function look(last: Look | undefined): void {
    const used = usedMs()
    if (used === undefined) return
    // A big heap is tidied up at one go, and only once: what is computed for nobody goes on.
    const restless = last !== undefined && used - last.used > restAllowanceMs
    if (restless && last.restless) {
      onUnrest()
      return
    }
    const { waitMs: waited = restLookMs } = last ?? {}
    const longer = last === undefined || restless ? waited : waited * 2
    const waitMs = Math.min(longer, restLookMaxMs)
    cancel = timerOf(waitMs, () => look({ used, restless, waitMs }))
  }

  function end(): void {
    cancel?.()
    cancel = undefined
  }

  return {
    begin() {
      end()
      cancel = timerOf(restLookMs, () => look(undefined))
    },
    end,
  }
}
