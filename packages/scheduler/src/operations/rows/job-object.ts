/** A job as official workers get it, in either dialect (worker §2.4). */
import { argumentUris, jobFlags, jsonUri, requirementsOfMask, unmarshal } from '@manyhands/protocol'
import type { LiveJob } from '../../jobs/live-job.ts'
import { meanOf } from '../../tasks/sizing.ts'
import type { Turn } from '../../turn.ts'

export type Dialect = 4 | 5

export interface JobName {
  /** As the worker is to call the job. */
  readonly name: string
  readonly dialect: Dialect
  /** The compute group in which they met. */
  readonly group: string
}

export function jobObject(turn: Turn, job: LiveJob, { name, dialect, group }: JobName): unknown {
  const artifacts = turn.inputs.artifacts(turn.tx, job)
  const range = turn.inputs.sharedRange(turn.tx, job)
  const rangeLocation = range === undefined ? artifacts.localRange : jsonUri(range)
  const isLocal = (job.flags & jobFlags.localExec) !== 0
  return {
    ...(dialect === 5 ? identity5(job, name, group) : identity4(job, name)),
    codeLocation: artifacts.workFunctionURI,
    argumentsLocation: argumentLocations(artifacts.marshaledArguments, isLocal),
    ...(rangeLocation === undefined ? {} : { MROLocation: rangeLocation }),
    requirePath: artifacts.requirePath,
    modulePath: artifacts.modulePath,
    dependencies: artifacts.dependencies,
    public: {
      name: job.name,
      description: job.description,
      link: job.link,
      computeGroups: groupsOf(turn, job),
    },
    worktime: { name: job.worktimeName, version: job.worktimeVersion },
    metrics: metricsOf(job),
    workerConsole: artifacts.workerConsole ? 1 : 0,
    ...(isLocal ? { localExec: true } : {}),
  }
}

function groupsOf({ groups }: Turn, job: LiveJob): object[] {
  return [...job.groups].flatMap((id) => {
    const group = groups.get(id)
    return group === undefined
      ? []
      : [{ opaqueId: id, name: group.name, description: group.description }]
  })
}

function identity5(job: LiveJob, name: string, group: string): object {
  return {
    jobId: name,
    jobCgId: `${name}-${group}`,
    needCapabilities: job.requirements,
    discrete: (job.flags & jobFlags.discrete) !== 0,
    useStrict: (job.flags & jobFlags.useStrict) !== 0,
  }
}

function identity4(job: LiveJob, name: string): object {
  const discrete = (job.flags & jobFlags.discrete) !== 0
  const useStrict = (job.flags & jobFlags.useStrict) !== 0
  return {
    address: name,
    requirements: requirementsOfMask(job.requirements, { discrete, useStrict }),
  }
}

/** Times in milliseconds; what the worker takes for its idea of the job. */
export function metricsOf(job: LiveJob): object {
  const sliceTime = meanOf(job.timing) ?? 0
  const gpuTime = job.computed === 0 ? 0 : job.gpuMs / job.computed
  return {
    sliceCPUTime: sliceTime,
    sliceGPUTime: gpuTime,
    sliceCPUDensity: 1,
    sliceGPUDensity: sliceTime === 0 ? 0 : Math.min(1, gpuTime / sliceTime),
    sliceInDataSize: 0,
    sliceOutDataSize: job.computed === 0 ? 0 : Math.round(job.bytes / job.computed),
    lastSliceNumber: job.total,
    measuredSlices: job.computed,
    alpha: 0.5,
    running: job.leases.size,
  }
}

function argumentLocations(marshaledArguments: unknown, isLocal: boolean): unknown[] {
  const uris = isLocal ? localUris(marshaledArguments) : argumentUris(marshaledArguments)
  return uris.map((value, argIndex) => ({ argIndex, value }))
}

/** Arguments of local jobs are an array, or what looks like one, of locations. */
function localUris(marshaledArguments: unknown): string[] {
  const values = unmarshal(marshaledArguments)
  return Array.from(values as ArrayLike<unknown>, (value) =>
    typeof value === 'object' && value !== null && 'href' in value
      ? String(value.href)
      : String(value),
  )
}
