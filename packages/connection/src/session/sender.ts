/**
 * The sending half of a session: what waits, when it leaves, how much leaves together, and how long
 * the peer may take to acknowledge it.
 */
import { type CancelTimer, type Clock, DcpError } from '@manyhands/protocol'

import { limits } from '../limits.ts'
import { batchHead, openBody } from './body-text.ts'
import type { LockStep } from './lock-step.ts'
import { createOutbox, type Outgoing, type Unit } from './outbox.ts'

/** Microtasks between the first message queued and the departure of all. */
const coalescingTurns = 8

export interface Sender {
  readonly attached: boolean
  readonly waiting: { readonly messages: number; readonly length: number }
  /** Queues what leaves in one message. Throws EBUSY when too much waits. */
  enqueue(unit: Unit): void
  /** Puts a message before all that waits. */
  overtake(message: Outgoing): void
  /** Sends the first message of a session, which waits for nothing. */
  begin(message: Outgoing): void
  /** Takes a request back; false when it has left. */
  remove(id: string): boolean
  /** The peer has acknowledged: returns what it received. */
  acknowledged(): readonly Outgoing[]
  /** Takes everything that waits. */
  drain(): Outgoing[]
  attach(transmit: (text: string) => void): void
  detach(): void
  /** Detaches, and returns everything that was not acknowledged. */
  stop(): Outgoing[]
}

export interface SenderOptions {
  readonly lockStep: LockStep
  readonly clock: Clock
  readonly now: () => number
  readonly nextId: () => string
  readonly maxRttMs: number
  /** False while nothing queued may leave. */
  readonly mayCarry: () => boolean
  /** The peer does not acknowledge. */
  readonly stalled: () => void
}

export function createSender(options: SenderOptions): Sender {
  const { lockStep, clock, now, nextId } = options
  const outbox = createOutbox()
  let onDeck: readonly Outgoing[] = []
  let attached = false
  let scheduled = false
  let cancelRtt: CancelTimer | undefined

  function schedule(): void {
    if (scheduled) return
    scheduled = true
    void pumpSoon()
  }

  /** Waits for what is queued in this turn, also by handlers with a few awaits: it leaves together. */
  async function pumpSoon(): Promise<void> {
    for (let turn = 0; turn < coalescingTurns; turn += 1) await Promise.resolve()
    scheduled = false
    pump()
  }

  function pump(): void {
    if (!options.mayCarry() || !lockStep.maySend()) return
    const members = outbox.take()
    const [first] = members
    if (first === undefined) return
    // A second answer to the same request must not have the id of the one before (§17 item 14).
    if (members.length === 1 && first.id !== lockStep.lastSentId) {
      return put(members, first.id, openHead(first.head))
    }
    const id = nextId()
    const texts = members.map(({ head }) => `${openHead(head)}}`)
    put(members, id, openHead(batchHead(id, texts)))
  }

  function openHead(head: string): string {
    return openBody(head, lockStep.dcpsid, now())
  }

  function put(members: readonly Outgoing[], id: string, open: string): void {
    onDeck = members
    lockStep.send(id, open)
    watchRtt()
  }

  function watchRtt(): void {
    cancelRtt?.()
    cancelRtt = undefined
    if (!lockStep.onDeck || !attached) return
    cancelRtt = clock.setTimer(options.maxRttMs, options.stalled, { background: true })
  }

  function detach(): void {
    attached = false
    lockStep.detach()
    watchRtt()
  }

  return {
    get attached() {
      return attached
    },
    get waiting() {
      return { messages: outbox.messages, length: outbox.length }
    },

    enqueue(unit) {
      const messages = attached ? limits.queueMessages : limits.lingeringQueueMessages
      const length = attached ? limits.queueLength : limits.lingeringQueueLength
      if (outbox.messages + unit.length > messages || outbox.length > length) {
        throw new DcpError('EBUSY', 'too much waits for the peer already', {
          details: { waiting: outbox.messages, limit: messages },
        })
      }
      outbox.add(unit)
      schedule()
    },

    overtake(message) {
      outbox.addFirst([message])
      schedule()
    },

    begin: (message) => put([message], message.id, openHead(message.head)),

    remove(id) {
      let waited = false
      outbox.remove((message) => {
        waited ||= message.id === id
        return message.id === id
      })
      return waited
    },

    acknowledged() {
      const members = onDeck
      onDeck = []
      watchRtt()
      schedule()
      return members
    },

    drain: () => outbox.drain(),

    attach(transmit) {
      attached = true
      lockStep.attach(transmit)
      watchRtt()
      schedule()
    },

    detach,

    stop() {
      detach()
      const unsent = [...onDeck, ...outbox.drain()]
      onDeck = []
      return unsent
    },
  }
}
