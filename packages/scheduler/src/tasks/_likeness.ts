// A job and an offer that fit each other, for tests that change one thing about them.
import type { Address, JobId } from '@manyhands/protocol'
import type { LiveJob } from '../jobs/live-job.ts'
import type { Offer } from './offer.ts'

export function liveJobLike(fields: Partial<LiveJob> = {}): LiveJob {
  return {
    no: 1,
    id: 'job' as JobId,
    address: `0x${'aB'.repeat(20)}` as Address,
    owner: 'owner' as Address,
    payer: 'payer' as Address,
    dialect: 5,
    flags: 0,
    inputKind: 'range',
    requirements: 0,
    requirementsObject: undefined,
    worktimeName: 'map-basic',
    worktimeVersion: '*',
    estimationSlices: 3,
    name: '',
    description: '',
    link: '',
    deployed: 0,
    state: 'running',
    closed: true,
    total: 10,
    next: 1,
    computed: 0,
    seq: 0,
    cpuMs: 0,
    gpuMs: 0,
    bytes: 0,
    failures: 0,
    timing: { ms: 0, slices: 0 },
    lastContact: 0,
    groups: new Set(['public']),
    holes: new Map(),
    leases: new Map(),
    servedWorkers: new Set(),
    unwilling: new Map(),
    needsKvin9: false,
    served: 0,
    ...fields,
  }
}

export function offerLike(fields: Partial<Offer> = {}): Offer {
  return {
    worker: {
      key: 'peer/worker',
      id: 'worker',
      peer: 'peer' as Address,
      incarnation: '',
      lastHeard: 0,
      leaseMs: 1,
      payee: '',
      sandboxes: 1,
      leases: new Set(),
    },
    wanted: 1,
    groups: new Set(['public']),
    capabilities: 0,
    worktimes: [{ name: 'map-basic', version: '1.0.0' }],
    only: undefined,
    except: new Set(),
    unpaid: true,
    targetMs: 500,
    rows: false,
    kvin9: true,
    ...fields,
  }
}
