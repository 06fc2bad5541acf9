/**
 * The workers heard of lately. What a worker says counts for the identity that said it: the key of a
 * worker is its identity and its id, so nobody can speak for another one by knowing its id.
 */
import type { Address } from '@manyhands/protocol'
import type { LiveLease } from '../jobs/live-job.ts'
import type { LiveJobs } from '../jobs/live-jobs.ts'
import { workerActiveMs } from '../limits.ts'

export interface LiveWorker {
  readonly key: string
  readonly id: string
  readonly peer: Address
  incarnation: string
  lastHeard: number
  /** How long its leases live without a word of it, milliseconds. */
  leaseMs: number
  /** Address its work is paid to. */
  payee: string
  /** Sandboxes it computes in. */
  sandboxes: number
  readonly leases: Set<LiveLease>
}

export function workerKey(peer: string, id: string): string {
  return `${peer}/${id}`
}

export interface LiveWorkers {
  readonly byKey: ReadonlyMap<string, LiveWorker>
  /** Sandboxes of the workers heard of lately. */
  cores(now: number): number
  get(key: string): LiveWorker | undefined
  add(worker: LiveWorker): void
  remove(key: string): void
  /** Ties leases that were read from the database to their workers, known or not. */
  adopt(jobs: LiveJobs, now: number, leaseMs: number): void
}

export function createLiveWorkers(): LiveWorkers {
  const byKey = new Map<string, LiveWorker>()
  return {
    byKey,
    cores(now) {
      let sum = 0
      for (const { sandboxes, lastHeard } of byKey.values()) {
        if (now - lastHeard < workerActiveMs) sum += sandboxes
      }
      return sum
    },
    get: (key) => byKey.get(key),
    add(worker) {
      byKey.set(worker.key, worker)
    },
    remove(key) {
      byKey.delete(key)
    },
    adopt(jobs, now, leaseMs) {
      for (const worker of byKey.values()) worker.leases.clear()
      for (const lease of jobs.leases.values()) {
        const known = byKey.get(lease.worker) ?? strangerOf(lease, now, leaseMs)
        byKey.set(known.key, known)
        known.leases.add(lease)
      }
    },
  }
}

/** A worker of which only a lease is left: it gets the time to say that it still lives. */
function strangerOf(lease: LiveLease, now: number, leaseMs: number): LiveWorker {
  const slash = lease.worker.indexOf('/')
  return {
    key: lease.worker,
    peer: lease.worker.slice(0, slash) as Address,
    id: lease.worker.slice(slash + 1),
    incarnation: lease.incarnation,
    lastHeard: now,
    leaseMs,
    payee: lease.payee,
    sandboxes: 1,
    leases: new Set(),
  }
}
