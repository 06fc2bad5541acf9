/**
 * Reads a listed input set pile by pile. The source is read no further than the pile asked for, so a
 * generator is never ahead of what has been taken.
 */
import { type Clock, DcpError, prepareText } from '@manyhands/protocol'

import { limits } from '../limits.ts'
import type { ListedInput } from './input-set.ts'

export interface Pile {
  /** Prepared text of each value. */
  readonly texts: readonly string[]
  /** No value follows. */
  readonly last: boolean
}

export interface Piles {
  /** The next pile; an empty one only when there is nothing more. One call at a time. */
  next(slicesMax?: number): Promise<Pile>
  /** Lets the source go before its end. Does not wait for it: it may be stuck. */
  close(): void
}

type Step = IteratorResult<unknown>
type Source = { next(): Step | Promise<Step>; return?: () => unknown }

function iteratorOf(source: ListedInput['source']): Source {
  if (Symbol.asyncIterator in source) return source[Symbol.asyncIterator]() as Source
  return source[Symbol.iterator]() as Source
}

function isPromise<Value>(value: Value | Promise<Value>): value is Promise<Value> {
  return typeof (value as Partial<Promise<Value>>).then === 'function'
}

/** The prepared text of a slice's value. Throws EBADARG naming the slice. */
function textOf(value: unknown, slice: number): string {
  try {
    return prepareText(value)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new DcpError('EBADARG', `the value of slice ${slice} cannot be sent: ${reason}`, {
      cause,
      details: { field: 'inputSet', slice },
    })
  }
}

export function createPiles(input: ListedInput, clock: Clock): Piles {
  const source = iteratorOf(input.source)
  /** A text that was too much for the pile before. */
  let held: string | undefined
  /** A step that was asked for while an earlier pile was waiting. */
  let pending: Promise<Step> | undefined
  let ended = false

  /** Waits for a step; `undefined` when a started pile should go without it. */
  async function patient(asked: Promise<Step>, started: boolean): Promise<Step | undefined> {
    let cancel: (() => void) | undefined
    const enough = new Promise<undefined>((resolve) => {
      if (started) cancel = clock.setTimer(limits.pileWaitMs, () => resolve(undefined))
    })
    try {
      const got = await (started ? Promise.race([asked, enough]) : asked)
      if (got !== undefined) pending = undefined
      return got
    } finally {
      cancel?.()
    }
  }

  /** The next step: at once where the source allows it. */
  function step(started: boolean): Step | Promise<Step | undefined> {
    const asked = pending ?? source.next()
    if (!isPromise(asked)) return asked
    pending = asked
    return patient(asked, started)
  }

  function take(value: unknown): string {
    const slice = input.texts.length + 1
    if (slice > limits.slicesByValueMax) {
      throw new DcpError(
        'ETOOMANYTASKS',
        `a job may have at most ${limits.slicesByValueMax} slices by value; describe the set by a range`,
        { details: { limit: limits.slicesByValueMax } },
      )
    }
    const text = textOf(value, slice)
    input.texts.push(text)
    return text
  }

  return {
    async next(slicesMax = limits.pileSlicesMax) {
      const texts: string[] = held === undefined ? [] : [held]
      let size = held?.length ?? 0
      held = undefined
      while (!ended && texts.length < slicesMax && size < limits.pileTextMax) {
        const asked = step(texts.length > 0)
        // oxlint-disable-next-line no-await-in-loop -- values come one after the other
        const got = isPromise(asked) ? await asked : asked
        if (got === undefined) break
        if (got.done === true) {
          ended = true
          break
        }
        const text = take(got.value)
        if (texts.length > 0 && size + text.length > limits.pileTextMax) {
          held = text
          break
        }
        texts.push(text)
        size += text.length
      }
      return { texts, last: ended && held === undefined }
    },
    close() {
      if (ended) return
      ended = true
      // What the source says at its own end concerns nobody any more.
      Promise.resolve(source.return?.()).catch(() => undefined)
    },
  }
}
