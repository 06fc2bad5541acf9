/** What a word of a worker does: it lives, and what an earlier life of it held is issued again. */
import type { Address } from '@manyhands/protocol'
import type { Turn } from '../turn.ts'
import { workerKey } from './live-workers.ts'
import type { LiveWorker } from './live-workers.ts'
import { voidLeasesOf } from './release.ts'
import { writeWorker } from './workers-store.ts'

export interface Word {
  readonly peer: Address
  readonly id: string
  /** Token of this life; absent in what official workers send. */
  readonly incarnation?: string
  readonly sandboxes?: number
  readonly payee?: string
  /** How long its leases live without another word, milliseconds. */
  readonly leaseMs: number
}

/**
 * Hears the worker of a request that is tried more than once: only its first try is a word of the
 * worker. Afterwards undefined when the worker is gone or lives another life.
 */
export function hearOnce(word: Word): (turn: Turn) => LiveWorker | undefined {
  let incarnation: string | undefined
  return (turn) => {
    if (incarnation === undefined) {
      const worker = hearWorker(turn, word)
      incarnation = worker.incarnation
      return worker
    }
    const worker = turn.workers.get(workerKey(word.peer, word.id))
    return worker?.incarnation === incarnation ? worker : undefined
  }
}

export function hearWorker(turn: Turn, word: Word): LiveWorker {
  const { workers, now } = turn
  const key = workerKey(word.peer, word.id)
  const known = workers.get(key)
  if (known === undefined) return welcome(turn, key, word)
  known.lastHeard = now
  known.leaseMs = word.leaseMs
  known.sandboxes = word.sandboxes ?? known.sandboxes
  known.payee = word.payee ?? known.payee
  const { incarnation } = word
  if (incarnation !== undefined && incarnation !== known.incarnation) {
    known.incarnation = incarnation
    writeWorker(turn.tx, known, now)
    voidLeasesOf(turn, known, 'the worker started again', incarnation)
  }
  return known
}

function welcome(turn: Turn, key: string, word: Word): LiveWorker {
  const worker: LiveWorker = {
    key,
    id: word.id,
    peer: word.peer,
    incarnation: word.incarnation ?? '',
    lastHeard: turn.now,
    leaseMs: word.leaseMs,
    payee: word.payee ?? '',
    sandboxes: word.sandboxes ?? 0,
    leases: new Set(),
  }
  turn.workers.add(worker)
  writeWorker(turn.tx, worker, turn.now)
  return worker
}
