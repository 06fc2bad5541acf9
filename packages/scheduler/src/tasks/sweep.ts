/** Ends the leases of workers that fell silent, and forgets workers that are gone. */
import { leaseWithoutResultMs, workerForgetMs } from '../limits.ts'
import type { Turn } from '../turn.ts'
import type { Look } from './claim.ts'
import type { LiveWorker } from './live-workers.ts'
import { voidLease, voidLeasesOf } from './release.ts'

/** True when a sweep would do something. */
export function isSweepDue(look: Look): boolean {
  for (const worker of look.workers.byKey.values()) {
    if (worker.leases.size === 0 ? isForgettable(look.now, worker) : isSilent(look.now, worker)) {
      return true
    }
  }
  for (const lease of look.jobs.leases.values()) {
    if (look.now - lease.touched > leaseWithoutResultMs) return true
  }
  return false
}

export function sweep(turn: Turn): void {
  const { workers, jobs, now } = turn
  for (const worker of workers.byKey.values()) {
    if (worker.leases.size > 0 && isSilent(now, worker)) {
      voidLeasesOf(turn, worker, 'the worker fell silent')
    }
    if (worker.leases.size === 0 && isForgettable(now, worker)) workers.remove(worker.key)
  }
  for (const lease of jobs.leases.values()) {
    if (now - lease.touched > leaseWithoutResultMs) voidLease(turn, lease, 'no result came of it')
  }
}

function isSilent(now: number, worker: LiveWorker): boolean {
  return now - worker.lastHeard > worker.leaseMs
}

function isForgettable(now: number, worker: LiveWorker): boolean {
  return now - worker.lastHeard > workerForgetMs
}
