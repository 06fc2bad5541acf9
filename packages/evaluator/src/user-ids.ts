/**
 * User ids for sandboxes: each has one of its own, so that no sandbox can signal, trace or use up the
 * process limit of another. The range is one that no distribution gives to users or services.
 */
import { randomInt } from 'node:crypto'

export const userIdRange = { first: 47_001, count: 12_000 } as const
const { count, first } = userIdRange

export interface UserIds {
  take(): number
  give(uid: number): void
}

/** Begins at a random place, so that two brokers on one machine do not hand out the same ids. */
export function createUserIds(): UserIds {
  const taken = new Set<number>()
  let next = randomInt(count)
  return {
    take() {
      while (taken.has(first + next)) next = (next + 1) % count
      const uid = first + next
      next = (next + 1) % count
      taken.add(uid)
      return uid
    },
    give: (uid) => void taken.delete(uid),
  }
}
