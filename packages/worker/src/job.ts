/**
 * A job as the worker keeps it: the work function decoded, the arguments as the sandbox takes them,
 * and the range from which inputs are computed here.
 */
import {
  DcpError,
  decodeWorkFunctionUri,
  parseInputRange,
  preparedOfSerialized,
  unmarshal,
} from '@manyhands/protocol'
import type {
  InputRange,
  JobArtifacts,
  JobId,
  Marshalled,
  SerializedValue,
} from '@manyhands/protocol'
import type { GuestFetch, ModuleLoader, WorkAssignment } from '@manyhands/sandbox'

import { createPace } from './batch-size.ts'
import type { Pace } from './batch-size.ts'

export interface HeldJob {
  readonly id: JobId
  readonly work: WorkAssignment
  /** Jobs with equal text here may share a sandbox one after the other; others never. */
  readonly binding: string
  /** Jobs of one binding with equal text here need not even be loaded anew. */
  readonly loaded: string
  readonly range: InputRange | undefined
  readonly pace: Pace
  /** Why no slice of this job can run here; set when its work function cannot be loaded. */
  broken: DcpError | undefined
  /** `work.reject` calls so far. */
  rejections: number
}

/** Reads a text artifact from a location whose origin the worker's owner allowed. */
export type FetchArtifact = (location: URL) => Promise<string>

/** What work functions may ask for while they run; the same for all jobs of a worker. */
export interface WorkServices {
  readonly loadModules?: ModuleLoader
  readonly fetch?: GuestFetch
}

function isSerialized(value: unknown): value is SerializedValue {
  return typeof value === 'object' && value !== null && 'string' in value && 'method' in value
}

function argumentText(value: unknown, index: number): string {
  if (isSerialized(value)) return preparedOfSerialized(value)
  throw new DcpError(
    'ENOTSUPPORTED',
    `argument ${index} of the job is kept at another location, which this worker does not read`,
  )
}

async function sourceOf(uri: string, fetchArtifact: FetchArtifact): Promise<string> {
  if (/^https?:/i.test(uri)) return fetchArtifact(new URL(uri))
  return decodeWorkFunctionUri(uri)
}

/**
 * @throws DcpError when the artifacts cannot be read: the job cannot run on this worker.
 */
export async function openJob(
  artifacts: JobArtifacts,
  fetchArtifact: FetchArtifact,
  services: WorkServices = {},
): Promise<HeldJob> {
  const workFunction = await sourceOf(artifacts.workFunctionURI, fetchArtifact)
  const values = unmarshal(artifacts.marshaledArguments as Marshalled)
  if (!Array.isArray(values)) {
    throw new DcpError('EBADARG', 'marshaledArguments of the job is not an array')
  }
  const { useStrict, worktime, requirePath, modulePath, dependencies } = artifacts
  const texts = values.map(argumentText)
  return {
    id: artifacts.job,
    work: {
      workFunction,
      arguments: texts,
      useStrict,
      worktime,
      public: artifacts.public,
      requirePath,
      modulePath,
      dependencies,
      ...services,
    },
    binding: JSON.stringify([
      artifacts.owner,
      useStrict,
      worktime.name,
      worktime.version,
      requirePath,
      modulePath,
      dependencies,
      workFunction,
    ]),
    loaded: JSON.stringify([artifacts.public, texts]),
    range: artifacts.dataRange === undefined ? undefined : parseInputRange(artifacts.dataRange),
    pace: createPace(),
    broken: undefined,
    rejections: 0,
  }
}
