/** What is deployed: everything about a job that is fixed when `exec` is called. */
import {
  type Address,
  DcpError,
  type JobId,
  encodeWorkFunctionUri,
  usualRange,
} from '@manyhands/protocol'

import type { SliceProfile } from '../compute/market.ts'
import { type ComputeGroup, parseGroups } from '../groups/join.ts'
import type { InputSet } from '../input/input-set.ts'
import { limits } from '../limits.ts'
import { type ResultStorage, storageFields } from '../remote/result-storage.ts'
import { marshalArguments } from './arguments.ts'
import type { OfferFields } from './payment-offer.ts'
import { type RequirementFields, parseRequirements } from './requirements.ts'
import type { WorkSource } from './work-text.ts'

export interface PublicAttributes {
  name: string
  description: string
  link: string
}

export interface Worktime {
  readonly name: string
  /** A semver range. */
  readonly version: string
}

export interface JobDefinition {
  readonly id: JobId
  readonly input: InputSet
  /** Text of the work function, as sandboxes get it, or where that is. */
  readonly work: string | URL
  readonly args: readonly unknown[]
  readonly public: Readonly<PublicAttributes>
  readonly worktime: Worktime & { readonly custom: boolean }
  readonly requirements: RequirementFields
  readonly requirePath: readonly string[]
  readonly modulePath: readonly string[]
  /** Modules the work function needs. */
  readonly dependencies: readonly string[]
  readonly autoClose: boolean
  readonly estimationSlices?: number | null
  readonly greedyEstimation: boolean
  readonly workerConsole: boolean
  readonly initialSliceProfile?: Partial<SliceProfile>
  readonly computeGroups: readonly ComputeGroup[]
  readonly resultStorage: ResultStorage | undefined
}

function paths(value: unknown, field: string): readonly string[] {
  if (Array.isArray(value) && value.every((path) => typeof path === 'string')) return [...value]
  throw new DcpError('EBADARG', `${field} must be an array of strings`, { details: { field } })
}

function refuse(field: string, must: string, value: unknown): never {
  const what = value === null || typeof value === 'number' ? String(value) : typeof value
  throw new DcpError('EBADARG', `${field} must be ${must}, not ${what}`, { details: { field } })
}

function flag(value: unknown, field: string): boolean {
  return typeof value === 'boolean' ? value : refuse(field, 'true or false', value)
}

const profileMembers = ['cpuHours', 'gpuHours', 'inputBytes', 'outputBytes'] as const

function profileOf(value: unknown): Partial<SliceProfile> {
  if (typeof value !== 'object' || value === null) {
    return refuse('initialSliceProfile', 'an object', value)
  }
  const given = value as Partial<Record<string, unknown>>
  for (const name of profileMembers) {
    const member = given[name]
    if (member === undefined || (typeof member === 'number' && member >= 0)) continue
    refuse(`initialSliceProfile.${name}`, 'a number from 0', member)
  }
  return value
}

function publicOf(value: unknown, jobId: string): PublicAttributes {
  if (typeof value !== 'object' || value === null) {
    return refuse('public', 'an object with name, description and link', value)
  }
  const { name, description, link } = value as Partial<Record<string, unknown>>
  return {
    name: text(name, 'public.name', `Ad-Hoc Job ${jobId.slice(-6)}`),
    description: text(description, 'public.description', ''),
    link: text(link, 'public.link', ''),
  }
}

function text(value: unknown, field: string, missing: string): string {
  if (value === undefined) return missing
  return typeof value === 'string' ? value : refuse(field, 'a text', value)
}

/** The members of a job handle that a definition is made from; programs may have set them to anything. */
export interface JobSettings {
  readonly public: PublicAttributes
  readonly worktime: string | Worktime
  readonly worktimeVersion: string | undefined
  readonly customWorktime: boolean
  readonly requirements: unknown
  readonly useStrict: boolean | undefined
  readonly requirePath: readonly string[]
  readonly modulePath: readonly string[]
  readonly dependencies: readonly string[]
  readonly autoClose: boolean
  readonly estimationSlices: number | null | undefined
  readonly greedyEstimation: boolean
  readonly workerConsole: boolean
  readonly initialSliceProfile: Partial<SliceProfile> | undefined
  readonly computeGroups: unknown
}

function namedWorktime(value: unknown): { readonly name: string; readonly version?: string } {
  if (typeof value === 'string') return { name: value }
  const { name, version } = (value ?? {}) as Partial<Record<string, unknown>>
  const isVersion = version === undefined || typeof version === 'string'
  if (typeof name !== 'string' || !isVersion) {
    return refuse('worktime', 'a name, or an object with name and version', value)
  }
  return version === undefined ? { name } : { name, version }
}

/** Throws ENOWORKTIME for a worktime that nobody knows. */
function worktimeOf(settings: JobSettings): JobDefinition['worktime'] {
  const { worktime, worktimeVersion } = settings
  const custom = flag(settings.customWorktime, 'customWorktime')
  const given = namedWorktime(worktime)
  const known = usualRange(given.name)
  if (known === undefined && !custom) {
    const details = { field: 'worktime' }
    throw new DcpError('ENOWORKTIME', `there is no worktime "${given.name}"`, { details })
  }
  const version = given.version ?? worktimeVersion ?? known ?? '*'
  return { name: given.name, version, custom }
}

type Parts = Pick<JobDefinition, 'id' | 'input' | 'args' | 'resultStorage'> & {
  readonly work: WorkSource | URL
}

/** Throws EBADARG naming the property that is wrong. */
export function defineJob(parts: Parts, settings: JobSettings): JobDefinition {
  const { estimationSlices, initialSliceProfile } = settings
  const { work, ...others } = parts
  const worktime = worktimeOf(settings)
  const requirements = parseRequirements(settings.requirements)
  const useStrict = settings.useStrict ?? requirements.useStrict
  return {
    ...others,
    work: work instanceof URL ? work : work.textFor(worktime.name),
    public: publicOf(settings.public, parts.id),
    worktime,
    requirements: { ...requirements, useStrict: flag(useStrict, 'useStrict') },
    requirePath: paths(settings.requirePath, 'requirePath'),
    modulePath: paths(settings.modulePath, 'modulePath'),
    dependencies: paths(settings.dependencies, 'dependencies'),
    autoClose: flag(settings.autoClose, 'autoClose'),
    ...(estimationSlices === undefined ? {} : { estimationSlices }),
    greedyEstimation: flag(settings.greedyEstimation, 'greedyEstimation'),
    workerConsole: flag(settings.workerConsole, 'workerConsole'),
    computeGroups: parseGroups(settings.computeGroups),
    ...(initialSliceProfile === undefined
      ? {}
      : { initialSliceProfile: profileOf(initialSliceProfile) }),
  }
}

/** Throws EWORKTOOBIG. */
function workUri(work: string | URL): string {
  if (typeof work !== 'string') return work.href
  if (work.length <= limits.workFunctionMax) return encodeWorkFunctionUri(work)
  throw new DcpError(
    'EWORKTOOBIG',
    `the work function has ${work.length} characters; at most ${limits.workFunctionMax}`,
    { details: { limit: limits.workFunctionMax } },
  )
}

/** The data of the `submit@5` request. Throws EWORKTOOBIG, and EBADARG for an argument. */
export function submitFields(
  definition: JobDefinition,
  offer: OfferFields,
  paymentAccount: Address,
): Readonly<Record<string, unknown>> {
  const { input } = definition
  const { estimationSlices, initialSliceProfile, modulePath } = definition
  return {
    columns: 1,
    paymentAccount,
    job: definition.id,
    workFunctionURI: workUri(definition.work),
    ...offer,
    requirePath: definition.requirePath,
    ...(modulePath.length === 0 ? {} : { modulePath }),
    dependencies: definition.dependencies,
    ...definition.requirements,
    ...(estimationSlices === undefined ? {} : { estimationSlices }),
    greedyEstimation: definition.greedyEstimation,
    workerConsole: definition.workerConsole,
    isOpen: !definition.autoClose,
    ...definition.public,
    worktime: definition.worktime,
    marshaledArguments: marshalArguments(definition.args),
    ...(input.kind === 'range' ? { dataRange: input.range.toWire() } : {}),
    ...(input.kind === 'pattern' ? { dataPattern: input.pattern, sliceCount: input.count } : {}),
    ...storageFields(definition.resultStorage),
    ...(initialSliceProfile === undefined ? {} : { initialSliceProfile }),
  }
}
