/** Which right of a proxy key each operation of the other daemons needs (operations §12.5). */
import type { IncomingRequest } from '@manyhands/connection'

import type { Need } from '../proxy-keys/proxy-right.ts'

type Members = Readonly<Record<string, unknown>>

interface Rule {
  readonly operation: string
  /** The job that the request names, wherever it names it. */
  readonly related?: (data: Members) => unknown
}

const job = (data: Members): unknown => data['job'] ?? data['jobAddress']

function filteredJob({ options }: Members): unknown {
  const { filter } = membersOf(options)
  return membersOf(filter)['job']
}

function ofJob(operation: string): Rule {
  return { operation, related: job }
}

/** What only a full login allows has a key of its own, which no narrower one begins. */
const ofLogin = (operation: string): Rule => ({ operation })

const rules: Readonly<Record<string, Readonly<Record<string, Rule>>>> = {
  jobSubmit: {
    'submit@5': { operation: 'job.exec' },
    'submit@2': { operation: 'job.exec' },
    addSliceData: ofJob('job.data.add'),
    cancelJob: ofJob('job.cancel'),
    cancelAllJobs: { operation: 'job.cancel' },
    resumeJob: ofJob('job.resume'),
    fetchJob: ofJob('job.fetch'),
  },
  resultSubmitter: {
    closeJob: ofJob('job.close'),
    fetchResult: ofJob('job.results.fetch'),
    'fetchResult@1': ofJob('job.results.fetch'),
    deleteResult: ofJob('job.results.delete'),
  },
  pheme: {
    listJobs: ofJob('job.status'),
    fetchJobReport: ofJob('job.status'),
    fetchSliceReport: ofJob('job.status'),
    countJobs: { operation: 'job.status' },
    countSlices: ofJob('job.status'),
  },
  eventRouter: {
    subscribe: { operation: 'job.events', related: filteredJob },
    subscribeMany: { operation: 'job.events', related: filteredJob },
    sendSchedMsg: ofLogin('worker.message'),
  },
  computeGroups: {
    addJobToGroups: ofJob('job.computeGroup.add'),
    createGroup: ofLogin('computeGroup.create'),
    changeGroup: ofLogin('computeGroup.change'),
    deleteGroup: ofLogin('computeGroup.delete'),
    listJobs: ofLogin('computeGroup.listJobs'),
    removeJob: ofLogin('computeGroup.removeJob'),
    removeAllJobs: ofLogin('computeGroup.removeAllJobs'),
  },
  packageManager: {
    deployPackage: ofLogin('package.deploy'),
  },
}

export function membersOf(value: unknown): Members {
  return typeof value === 'object' && value !== null ? (value as Members) : {}
}

/** Service and plain operation of a request, wherever it was sent. */
export function namesOf({ service, operation }: IncomingRequest): readonly [string, string] {
  if (service !== 'dcp') return [service, operation]
  const dot = operation.indexOf('.')
  return [operation.slice(0, Math.max(0, dot)), operation.slice(dot + 1)]
}

/** Undefined for operations that a key does for itself: a worker's, and those open to anybody. */
export function neededRight(request: IncomingRequest): Need | undefined {
  const [service, operation] = namesOf(request)
  const operations = Object.hasOwn(rules, service) ? rules[service] : undefined
  const rule =
    operations !== undefined && Object.hasOwn(operations, operation)
      ? operations[operation]
      : undefined
  if (rule === undefined) return undefined
  const related = rule.related?.(membersOf(request.data))
  return { operation: rule.operation, ...(typeof related === 'string' ? { related } : {}) }
}
