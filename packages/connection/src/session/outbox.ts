/** Messages that wait for their turn, and how many of them leave together (wire-protocol §8). */
import type { DcpError } from '@manyhands/protocol'

import { limits } from '../limits.ts'

export interface Outgoing {
  readonly id: string
  /** A body without its end, as `body-text.ts` writes it. */
  readonly head: string
  /** The peer has acknowledged it. */
  delivered?(): void
  /** The session is over, and the peer may or may not have it. */
  lost?(reason: DcpError): void
}

/** What must leave in one message. */
export type Unit = readonly Outgoing[]

export interface Outbox {
  readonly messages: number
  readonly length: number
  add(unit: Unit): void
  /** Puts it before everything that waits. */
  addFirst(unit: Unit): void
  /** Takes what leaves next; empty when nothing waits. */
  take(): Outgoing[]
  /** Takes out what satisfies the condition wherever it waits. */
  remove(unwanted: (message: Outgoing) => boolean): void
  /** Takes everything. */
  drain(): Outgoing[]
}

export function createOutbox(): Outbox {
  let units: Unit[] = []
  let messages = 0
  let length = 0

  function count(unit: Unit, sign: 1 | -1): void {
    messages += sign * unit.length
    for (const { head } of unit) length += sign * head.length
  }

  return {
    get messages() {
      return messages
    },
    get length() {
      return length
    },
    add(unit) {
      units.push(unit)
      count(unit, 1)
    },
    addFirst(unit) {
      units.unshift(unit)
      count(unit, 1)
    },
    take() {
      const taken: Outgoing[] = []
      let takenLength = 0
      let end = 0
      for (const unit of units) {
        const unitLength = unit.reduce((sum, { head }) => sum + head.length, 0)
        const fits =
          taken.length + unit.length <= limits.batchMembersSent &&
          takenLength + unitLength <= limits.batchLengthSent
        if (end > 0 && !fits) break
        taken.push(...unit)
        takenLength += unitLength
        end += 1
      }
      units.splice(0, end)
      count(taken, -1)
      return taken
    },
    remove(unwanted) {
      units = units
        .map((unit) => {
          const rest = unit.filter((message) => !unwanted(message))
          return rest.length === unit.length ? unit : rest
        })
        .filter((unit) => unit.length > 0)
      messages = 0
      length = 0
      for (const unit of units) count(unit, 1)
    },
    drain() {
      const all = units.flat()
      units = []
      messages = 0
      length = 0
      return all
    },
  }
}
