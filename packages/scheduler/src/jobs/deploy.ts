/** Deploys a job: one row and a cursor, whatever the number of its slices. */
import { DcpError } from '@manyhands/protocol'
import type { Address } from '@manyhands/protocol'
import type { Turn } from '../turn.ts'
import type { Artifacts } from './inputs.ts'
import { findJob, insertJob, jobDigest } from './jobs-store.ts'
import type { JobRecord } from './jobs-store.ts'
import type { JobFacts, LiveJob } from './live-job.ts'
import { startJob } from './start-job.ts'

export interface Deployment extends Omit<JobFacts, 'no' | 'deployed' | 'address'> {
  readonly closed: boolean
  readonly total: number
  readonly offer: unknown
  /** Hash of the request: the same job sent again has the same one. */
  readonly digest: string
  /** Its arguments hold what workers of dialect 4 cannot read. */
  readonly needsKvin9: boolean
  readonly artifacts: Artifacts
  /** A fresh address for the job's escrow. */
  readonly address: Address
}

export interface Deployed {
  readonly address: Address
  readonly state: JobRecord['state']
  readonly total: number
  /** When it was deployed first. */
  readonly at: number
}

/** @throws DcpError `EEXIST` when the id names another job. */
export function deployJob(turn: Turn, deployment: Deployment): Deployed {
  const { tx, now } = turn
  const existing = findJob(tx, deployment.id)
  if (existing !== undefined) return sameAgain(turn, existing, deployment)
  const { artifacts, ...facts } = deployment
  const record = { ...facts, state: 'new' as const, deployed: now }
  const no = insertJob(tx, { ...record, artifacts: JSON.stringify(artifacts) })
  const job: LiveJob = {
    ...record,
    no,
    next: 1,
    computed: 0,
    seq: 0,
    cpuMs: 0,
    gpuMs: 0,
    bytes: 0,
    failures: 0,
    timing: { ms: 0, slices: 0 },
    lastContact: now,
    groups: new Set(),
    holes: new Map(),
    leases: new Map(),
    servedWorkers: new Set(),
    unwilling: new Map(),
    served: 0,
  }
  turn.jobs.add(job)
  startJob(turn, job)
  return { address: job.address, state: job.state, total: job.total, at: now }
}

function sameAgain(turn: Turn, existing: JobRecord, deployment: Deployment): Deployed {
  const same =
    existing.owner === deployment.owner && jobDigest(turn.tx, existing.no) === deployment.digest
  if (!same) {
    throw new DcpError('EEXIST', `a job with the id ${deployment.id} exists with other content`)
  }
  const { address, deployed, state, total } = existing
  return { address, state, total, at: deployed }
}
