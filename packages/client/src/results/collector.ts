/**
 * Takes results as they come, at least once and perhaps again, and hands each slice on once. It
 * knows up to which sequence number nothing is missing, so that a new session can go on from there.
 */
import {
  type Column,
  DcpError,
  type SliceSet,
  hasSlice,
  parseSliceSet,
  sliceCount,
  slicesIn,
  subtractSliceSet,
  unionSliceSet,
  unmarshal,
} from '@manyhands/protocol'

/** What the event `results` and the reply of `fetchResult@1` have in common. */
export interface ResultMessage {
  readonly seq: number
  readonly slices: string
  readonly values: Column
}

export interface Collector {
  /** Every result up to this sequence number was taken. */
  floor(): number
  /** Hands new results on; returns how many there were. Throws EFORMAT for a malformed message. */
  take(message: ResultMessage): number
  /** Of slices 1 to `total`, those that never came. */
  missing(total: number): SliceSet
}

/** The slices and values of a message, checked against each other. */
export function readResults(message: ResultMessage): {
  readonly slices: SliceSet
  readonly values: readonly unknown[]
} {
  const slices = parseSliceSet(message.slices)
  const values = unmarshal(message.values)
  if (!Array.isArray(values) || values.length !== sliceCount(slices)) {
    throw new DcpError('EFORMAT', `results of ${message.slices} came with another number of values`)
  }
  return { slices, values: values as readonly unknown[] }
}

/** @param deliver gets each slice's result once */
export function createCollector(deliver: (slice: number, value: unknown) => void): Collector {
  let seen: SliceSet = []
  let floor = 0
  return {
    floor: () => floor,
    take(message) {
      const { slices, values } = readResults(message)
      const fresh = subtractSliceSet(slices, seen)
      const freshCount = sliceCount(fresh)
      seen = unionSliceSet(seen, slices)
      if (message.seq - values.length <= floor) floor = Math.max(floor, message.seq)
      if (freshCount === 0) return 0
      const allFresh = freshCount === values.length
      let index = 0
      for (const slice of slicesIn(slices)) {
        const value = values[index++]
        if (allFresh || hasSlice(fresh, slice)) deliver(slice, value)
      }
      return freshCount
    },
    missing: (total) => (total < 1 ? [] : subtractSliceSet([[1, total]], seen)),
  }
}
