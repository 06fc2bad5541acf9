/** What a worker offers with a request for work, and which jobs it may meet. */
import { capability, excludedByRequirements, isCapable, jobFlags } from '@manyhands/protocol'
import { satisfies } from 'semver'
import type { LiveJob } from '../jobs/live-job.ts'
import type { LiveWorker } from './live-workers.ts'

export interface Offer {
  readonly worker: LiveWorker
  /** Sandboxes without work. */
  readonly wanted: number
  /** Ids of the compute groups whose secret it knows. */
  readonly groups: ReadonlySet<string>
  readonly capabilities: number
  readonly worktimes: readonly { readonly name: string; readonly version: string }[]
  /** Ids and lower-case addresses of the only jobs it wants; undefined: any. */
  readonly only: ReadonlySet<string> | undefined
  /** Jobs it must not get now: rejected before, or still loading. */
  readonly except: ReadonlySet<string>
  /** False when it works for a wage: nothing is paid yet. */
  readonly unpaid: boolean
  /** False when it reads KVIN of version 8 only. */
  readonly kvin9: boolean
  /** Tasks are made so long, milliseconds. */
  readonly targetMs: number
  /** True: slices travel one by one, with their own location each. */
  readonly rows: boolean
}

export function matches(job: LiveJob, offer: Offer): boolean {
  return (
    isWanted(job, offer) &&
    offer.unpaid &&
    (offer.kvin9 || !job.needsKvin9) &&
    suits(job, offer.capabilities) &&
    runsWorktime(job, offer) &&
    !((job.flags & jobFlags.discrete) !== 0 && job.servedWorkers.has(offer.worker.key)) &&
    (offer.rows || job.inputKind !== 'local')
  )
}

function isWanted(job: LiveJob, offer: Offer): boolean {
  const address = job.address.slice(2).toLowerCase()
  if (offer.except.has(job.id) || offer.except.has(address)) return false
  const isNamed = offer.only?.has(job.id) === true || offer.only?.has(address) === true
  if ((job.flags & jobFlags.localExec) !== 0) return isNamed
  if (offer.only !== undefined && !isNamed) return false
  for (const group of job.groups) if (offer.groups.has(group)) return true
  return false
}

/**
 * All texts given out are labelled v8, which every worker reads: the need for KVIN v9 is always met.
 * Dialect 4 jobs may also say what a worker must not have.
 */
function suits(job: LiveJob, capabilities: number): boolean {
  if (!isCapable(capabilities | capability.kvinV9, job.requirements)) return false
  const { requirementsObject: object } = job
  if (job.dialect !== 4 || typeof object !== 'object' || object === null) return true
  const excluded = excludedByRequirements(object as Readonly<Record<string, unknown>>)
  return (capabilities & excluded) === 0
}

function runsWorktime(job: LiveJob, offer: Offer): boolean {
  return offer.worktimes.some(
    ({ name, version }) => name === job.worktimeName && fits(version, job.worktimeVersion),
  )
}

/** Most jobs ask for what there is in the simplest way, which needs no look at versions. */
function fits(version: string, range: string): boolean {
  if (range === '*' || range === version) return true
  const caret = /^\^(\d+)\.0\.0$/.exec(range)?.[1]
  if (caret !== undefined && caret !== '0' && /^\d+\.\d+\.\d+$/.test(version)) {
    return version.startsWith(`${caret}.`)
  }
  return satisfies(version, range)
}
