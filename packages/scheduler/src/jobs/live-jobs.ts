/** The live jobs in memory, and how they are read from the database. */
import { intersectSliceSet, parseSliceSet, unionSliceSet } from '@manyhands/protocol'
import type { Transaction } from '@manyhands/service'
import { loadHoles, openLeases } from '../tasks/leases-store.ts'
import { endedLeasesMax } from '../limits.ts'
import { noCost } from '../results/claimed-cost.ts'
import { startingShare } from '../tasks/fairness.ts'
import { isRunnable } from './job.ts'
import type { LiveJob, LiveLease } from './live-job.ts'
import { hasPending } from './live-job.ts'
import { groupsOf, loadLiveJobs } from './jobs-store.ts'
import type { JobRecord } from './jobs-store.ts'

export interface LiveJobs {
  readonly byNo: ReadonlyMap<number, LiveJob>
  /** Jobs with slices that nobody has: the only ones a claim needs to look at. */
  readonly ready: ReadonlySet<LiveJob>
  readonly leases: ReadonlyMap<string, LiveLease>
  /** A lease in flight, or one that ended a moment ago. */
  recentLease(id: string): LiveLease | undefined
  /** Keys of the workers that hold leases of a compute group, and how many. */
  workersInGroup(group: string): ReadonlyMap<string, number>
  add(job: LiveJob): void
  remove(job: LiveJob): void
  addLease(lease: LiveLease): void
  removeLease(lease: LiveLease): void
  /** To be called after a change of a job's state, cursor, total or holes. */
  touch(job: LiveJob): void
  /** Reads everything anew. */
  load(tx: Transaction): void
}

export function createLiveJobs(): LiveJobs {
  const byNo = new Map<number, LiveJob>()
  const ready = new Set<LiveJob>()
  const leases = new Map<string, LiveLease>()
  const ended = new Map<string, LiveLease>()
  const groups = new Map<string, Map<string, number>>()

  function enterGroup({ group, worker }: LiveLease): void {
    const workers = groups.get(group) ?? new Map<string, number>()
    groups.set(group, workers.set(worker, (workers.get(worker) ?? 0) + 1))
  }

  function leaveGroup({ group, worker }: LiveLease): void {
    const workers = groups.get(group)
    const left = (workers?.get(worker) ?? 0) - 1
    if (left > 0) workers?.set(worker, left)
    else workers?.delete(worker)
    if (workers?.size === 0) groups.delete(group)
  }

  function forget(lease: LiveLease): void {
    if (!leases.delete(lease.id)) return
    leaveGroup(lease)
    ended.set(lease.id, lease)
    const [oldest] = ended.keys()
    if (ended.size > endedLeasesMax && oldest !== undefined) ended.delete(oldest)
  }

  function touch(job: LiveJob): void {
    const isReady = byNo.has(job.no) && isRunnable(job.state) && hasPending(job)
    if (!isReady) ready.delete(job)
    else if (!ready.has(job)) {
      job.served = startingShare(ready, job.served)
      ready.add(job)
    }
  }

  function add(job: LiveJob): void {
    byNo.set(job.no, job)
    for (const lease of job.leases.values()) {
      leases.set(lease.id, lease)
      enterGroup(lease)
    }
    touch(job)
  }

  return {
    byNo,
    ready,
    leases,
    recentLease: (id) => leases.get(id) ?? ended.get(id),
    workersInGroup: (group) => groups.get(group) ?? nobody,
    touch,
    add,
    remove(job) {
      byNo.delete(job.no)
      ready.delete(job)
      for (const lease of job.leases.values()) forget(lease)
      job.leases.clear()
      job.holes.clear()
    },
    addLease(lease) {
      lease.job.leases.set(lease.id, lease)
      leases.set(lease.id, lease)
      enterGroup(lease)
    },
    removeLease(lease) {
      lease.job.leases.delete(lease.id)
      forget(lease)
    },
    load(tx) {
      byNo.clear()
      ready.clear()
      leases.clear()
      ended.clear()
      groups.clear()
      for (const record of loadLiveJobs(tx)) add(liveJob(tx, record))
    },
  }
}

const nobody: ReadonlyMap<string, number> = new Map()

/** A live job with its holes and leases. */
function liveJob(tx: Transaction, record: JobRecord): LiveJob {
  const { timedMs, timedSlices, ended: _ended, ...facts } = record
  const job: LiveJob = {
    ...facts,
    timing: { ms: timedMs, slices: timedSlices },
    groups: new Set(groupsOf(tx, record.no)),
    holes: new Map(loadHoles(tx, record.no).map((hole) => [hole.id, hole])),
    leases: new Map(),
    servedWorkers: new Set(),
    unwilling: new Map(),
    served: 0,
  }
  for (const stored of openLeases(tx, record.no)) {
    const { slices, open, job: _job, ...lease } = stored
    const live: LiveLease = {
      ...lease,
      job,
      slices: parseSliceSet(slices),
      open: parseSliceSet(open),
      copied: [],
      spent: noCost,
      stored: true,
    }
    job.leases.set(live.id, live)
  }
  markCopied(job)
  return job
}

/** Who else holds slices of a lease is no fact of its row. */
function markCopied({ leases }: LiveJob): void {
  for (const copy of leases.values()) {
    if (copy.kind !== 'speculative') continue
    for (const lease of leases.values()) {
      if (lease === copy) continue
      lease.copied = unionSliceSet(lease.copied, intersectSliceSet(lease.open, copy.open))
    }
  }
}
