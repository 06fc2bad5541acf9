/** Hands the slices of a job that runs here to its sandboxes, and again those that failed. */
import { type Clock, DcpError } from '@manyhands/protocol'

import {
  type DescribedInput,
  type InputSet,
  type ListedInput,
  inputCount,
} from '../input/input-set.ts'
import { type Piles, createPiles } from '../input/piles.ts'

export interface FedSlice {
  readonly slice: number
  /** Prepared text of the input. */
  readonly text: string
}

export interface SliceFeed {
  /** Up to that many slices; `undefined` when all are done; waits when some may still come back. */
  take(slicesMax: number): Promise<readonly FedSlice[] | undefined>
  /** The slice has its result. */
  done(slice: number): void
  /** The slices did not get theirs: somebody else takes them. */
  giveBack(slices: readonly FedSlice[]): void
  add(source: ListedInput['source']): void
  /** No more will be added. */
  close(): void
  /** Slices known so far. */
  total(): number
  /** Slices that were ever taken. */
  taken(): number
  /** Wakes whoever waits, with nothing. */
  end(): void
}

/** The slices not taken yet, in order. */
type Rest = (slicesMax: number) => Promise<readonly FedSlice[]>

function describedRest({ range }: DescribedInput): Rest {
  let next = 1
  return async (slicesMax) => {
    const slices: FedSlice[] = []
    while (slices.length < slicesMax && next <= range.count) {
      slices.push({ slice: next, text: range.elementText(next) })
      next += 1
    }
    return slices
  }
}

function listedRest(input: ListedInput, sources: Piles[]): Rest {
  let taken = 0
  return async (slicesMax) => {
    const [piles] = sources
    if (piles === undefined) return []
    const { texts, last } = await piles.next(slicesMax)
    if (last) sources.shift()
    const slices = texts.map((text, index) => ({ slice: taken + index + 1, text }))
    taken += texts.length
    return slices
  }
}

/** @param open more slices may be added until `close` */
export function createSliceFeed(input: InputSet, clock: Clock, open: boolean): SliceFeed {
  if (input.kind === 'unknown') {
    throw new DcpError('ENOENT', 'the input set of this job is known only to who deployed it')
  }
  if (input.kind === 'pattern') {
    const message = 'localExec does not fetch data from other locations: use exec'
    throw new DcpError('ENOTSUPPORTED', message)
  }
  const sources = input.kind === 'values' ? [createPiles(input, clock)] : []
  const rest = input.kind === 'values' ? listedRest(input, sources) : describedRest(input)
  const returned: FedSlice[] = []
  let out = 0
  let fresh = 0
  let stillOpen = open
  let exhausted = false
  let over = false
  let waiting: (() => void)[] = []
  /** One reader of the source at a time. */
  let reading: Promise<unknown> = Promise.resolve()

  function wake(): void {
    const woken = waiting
    waiting = []
    for (const resume of woken) resume()
  }

  async function fromRest(slicesMax: number): Promise<readonly FedSlice[]> {
    const before = reading
    const mine = (async () => {
      await before
      return exhausted ? [] : rest(slicesMax)
    })()
    reading = mine.catch(() => undefined)
    const slices = await mine
    if (slices.length === 0 && sources.length === 0 && !stillOpen) exhausted = true
    return slices
  }

  return {
    async take(slicesMax) {
      while (!over) {
        const again = returned.splice(0, slicesMax)
        // oxlint-disable-next-line no-await-in-loop -- waits for slices
        const slices = again.length > 0 ? again : await fromRest(slicesMax)
        out += slices.length
        if (again.length === 0) fresh += slices.length
        if (slices.length > 0) return slices
        if (sources.length > 0) continue
        if (out === 0 && !stillOpen && returned.length === 0) return undefined
        // oxlint-disable-next-line no-await-in-loop -- slices that are out may come back
        await new Promise<void>((resolve) => waiting.push(resolve))
      }
      return undefined
    },
    done() {
      out -= 1
      if (out === 0) wake()
    },
    giveBack(slices) {
      out -= slices.length
      returned.push(...slices)
      wake()
    },
    add(source) {
      if (input.kind !== 'values') {
        throw new DcpError('EBADARG', 'slices can be added only to a job whose input set is listed')
      }
      if (!stillOpen) throw new DcpError('EJOBCLOSED', 'the job is closed')
      sources.push(createPiles({ ...input, source }, clock))
      wake()
    },
    close() {
      stillOpen = false
      wake()
    },
    total: () => inputCount(input) ?? 0,
    taken: () => fresh,
    end() {
      over = true
      for (const piles of sources.splice(0)) piles.close()
      wake()
    },
  }
}
