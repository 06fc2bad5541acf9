/**
 * Leases that have come and whose jobs are being opened: they are spoken for, and what the scheduler
 * says of them meanwhile is kept until their tasks are in hand.
 */
import { unionSliceSet } from '@manyhands/protocol'
import type { SliceSet } from '@manyhands/protocol'

/** What was said of a lease while it arrived. */
export interface Word {
  readonly isOver: boolean
  readonly withdrawn: SliceSet
}

export interface Arrivals {
  readonly leases: Iterable<string>
  add(leases: readonly string[]): void
  /** Ends the arrival of a lease; what was said of it, if it was arriving. */
  remove(lease: string): Word | undefined
  /** False when the lease is not arriving, and the word is for others to follow. */
  note(lease: string, word: Partial<Word>): boolean
}

const nothing: Word = { isOver: false, withdrawn: [] }

export function createArrivals(): Arrivals {
  const words = new Map<string, Word>()
  return {
    get leases() {
      return words.keys()
    },
    add(leases) {
      for (const lease of leases) words.set(lease, nothing)
    },
    remove(lease) {
      const word = words.get(lease)
      words.delete(lease)
      return word
    },
    note(lease, { isOver = false, withdrawn = [] }) {
      const known = words.get(lease)
      if (known === undefined) return false
      words.set(lease, {
        isOver: known.isOver || isOver,
        withdrawn: unionSliceSet(known.withdrawn, withdrawn),
      })
      return true
    },
  }
}
