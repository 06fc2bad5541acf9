/** A job as official workers get it, in either dialect (worker §2.4). */
import { createHash } from 'node:crypto'

import {
  capability,
  jobFlags,
  jsonUri,
  publicComputeGroup,
  serializedUri,
  unmarshal,
} from '@manyhands/protocol'
import type { Random } from '@manyhands/protocol'
import type { Artifacts } from '../jobs/inputs.ts'
import type { LiveJob } from '../jobs/live-job.ts'
import { meanOf } from '../tasks/sizing.ts'
import type { Turn } from '../turn.ts'

export type Dialect = 4 | 5

export function jobObject(turn: Turn, job: LiveJob, name: string, dialect: Dialect): unknown {
  const artifacts = turn.inputs.artifacts(turn.tx, job)
  const range = turn.inputs.sharedRange(turn.tx, job)
  const isLocal = (job.flags & jobFlags.localExec) !== 0
  const { opaqueId, name: groupName } = publicComputeGroup
  return {
    ...(dialect === 5 ? identity5(job, name) : identity4(job, name)),
    codeLocation: artifacts.workFunctionURI,
    argumentsLocation: argumentLocations(artifacts),
    ...(range === undefined ? {} : { MROLocation: jsonUri(range) }),
    requirePath: artifacts.requirePath,
    modulePath: artifacts.modulePath,
    dependencies: artifacts.dependencies,
    public: {
      name: job.name,
      description: job.description,
      link: job.link,
      computeGroups: isLocal ? [] : [{ opaqueId, name: groupName, description: '' }],
    },
    worktime: { name: job.worktimeName, version: job.worktimeVersion },
    metrics: metricsOf(job),
    workerConsole: artifacts.workerConsole ? 1 : 0,
    ...(isLocal ? { localExec: true } : {}),
  }
}

function identity5(job: LiveJob, name: string): object {
  return {
    jobId: name,
    jobCgId: `${name}-${publicComputeGroup.opaqueId}`,
    needCapabilities: job.requirements,
    discrete: (job.flags & jobFlags.discrete) !== 0,
    useStrict: (job.flags & jobFlags.useStrict) !== 0,
  }
}

function identity4(job: LiveJob, name: string): object {
  const needs = (bit: number): boolean => (job.requirements & bit) !== 0
  const bits = (members: Readonly<Record<string, number>>): object =>
    Object.fromEntries(
      Object.entries(members)
        .filter(([, bit]) => needs(bit))
        .map(([member]) => [member, true]),
    )
  const { engineSpidermonkey, webgpu, offscreenCanvas, fdlibm } = capability
  return {
    address: name,
    requirements: {
      engine: bits({ spidermonkey: engineSpidermonkey }),
      environment: bits({ webgpu, offscreenCanvas, fdlibm }),
      browser: {},
      details: {},
      discrete: (job.flags & jobFlags.discrete) !== 0,
      useStrict: (job.flags & jobFlags.useStrict) !== 0,
    },
  }
}

/** Times in milliseconds; what the worker takes for its idea of the job. */
export function metricsOf(job: LiveJob): object {
  return {
    sliceCPUTime: meanOf(job.timing) ?? 0,
    sliceGPUTime: 0,
    sliceCPUDensity: 1,
    sliceGPUDensity: 0,
    sliceInDataSize: 0,
    sliceOutDataSize: job.computed === 0 ? 0 : Math.round(job.bytes / job.computed),
    lastSliceNumber: job.total,
    measuredSlices: job.computed,
    alpha: 0.5,
    running: job.leases.size,
  }
}

function argumentLocations({ marshaledArguments }: Artifacts): unknown[] {
  const values = unmarshal(marshaledArguments)
  const list = Array.isArray(values)
    ? (values as readonly unknown[])
    : Array.from(values as ArrayLike<unknown>)
  return list.map((argument, argIndex) => ({ argIndex, value: locationOf(argument) }))
}

function locationOf(argument: unknown): string {
  if (typeof argument === 'string') return argument
  if (typeof argument === 'object' && argument !== null && 'href' in argument) {
    return String(argument.href)
  }
  return serializedUri(argument)
}

/** Where the worker sends the result of a slice: to us, or to a place of the owner's. */
export function storageOf(
  { resultStorage }: Artifacts,
  job: LiveJob,
  slice: number,
  random: Random,
): object {
  if (resultStorage === undefined) return { resultStorageType: 'values' }
  const { details, params } = resultStorage
  const hash = (): string => createHash('sha256').update(JSON.stringify(params)).digest('hex')
  const parts: Readonly<Record<string, () => string>> = {
    job: () => job.id,
    slice: () => String(slice),
    hash,
    unique: () => random.token(22),
  }
  const url = details.replace(
    /(?:\{|%7B)(\w+)(?::(\d+),(\d+))?(?:\}|%7D)/gi,
    (whole: string, part: string, start?: string, end?: string) => {
      const text = Object.hasOwn(parts, part) ? parts[part]?.() : undefined
      if (text === undefined) return whole
      return start === undefined ? text : text.slice(Number(start), Number(end))
    },
  )
  return {
    resultStorageType: 'pattern',
    resultStorageDetails: url,
    resultStorageParams: params,
  }
}
