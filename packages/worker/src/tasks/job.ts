/**
 * A job as the worker keeps it: the work function decoded, the arguments as the sandbox takes them,
 * and the range from which inputs are computed here.
 */
import {
  DcpError,
  decodeWorkFunctionUri,
  mapBasic,
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

import { createPace } from '../slices/batch-size.ts'
import type { Pace } from '../slices/batch-size.ts'

export interface HeldJob {
  readonly id: JobId
  readonly work: WorkAssignment
  /** Jobs with equal text here may share a sandbox one after the other; others never. */
  readonly binding: string
  /** Jobs of one binding with equal text here need not even be loaded anew. */
  readonly loaded: string
  readonly range: InputRange | undefined
  /** Fields of the form in which results are posted, where they go to places of their own. */
  readonly resultParams: Readonly<Record<string, string>>
  readonly pace: Pace
  /** Why no slice of this job can run here; set when its work function cannot be loaded. */
  broken: DcpError | undefined
  /** `work.reject` calls so far. */
  rejections: number
}

/** Reads what is at other locations, as far as the worker's owner allows. */
export interface ArtifactReader {
  /** The source of a work function. */
  readonly workFunction: (location: URL) => Promise<string>
  /** The prepared text of an argument. */
  readonly argument: (location: URL) => Promise<string>
}

/** What work functions may ask for while they run; the same for all jobs of a worker. */
export interface WorkServices {
  readonly loadModules?: ModuleLoader
  readonly fetch?: GuestFetch
}

function isSerialized(value: unknown): value is SerializedValue {
  return typeof value === 'object' && value !== null && 'string' in value && 'method' in value
}

async function argumentText(
  value: unknown,
  index: number,
  reader: ArtifactReader,
): Promise<string> {
  if (isSerialized(value)) return preparedOfSerialized(value)
  if (value instanceof URL) return reader.argument(value)
  throw new DcpError('EBADARG', `argument ${index} of the job is neither a value nor a location`)
}

async function sourceOf(uri: string, reader: ArtifactReader): Promise<string> {
  if (/^https?:/i.test(uri)) return reader.workFunction(new URL(uri))
  return decodeWorkFunctionUri(uri)
}

/**
 * @throws DcpError when the artifacts cannot be read: the job cannot run on this worker.
 */
export async function openJob(
  artifacts: JobArtifacts,
  reader: ArtifactReader,
  services: WorkServices = {},
): Promise<HeldJob> {
  const workFunction = await sourceOf(artifacts.workFunctionURI, reader)
  const values = unmarshal(artifacts.marshaledArguments as Marshalled)
  if (!Array.isArray(values)) {
    throw new DcpError('EBADARG', 'marshaledArguments of the job is not an array')
  }
  const { useStrict, worktime, requirePath, modulePath, dependencies } = artifacts
  const texts = await Promise.all(
    values.map(async (value, index) => argumentText(value, index, reader)),
  )
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
      // An interpreter keeps what a job made of it: files, variables, modules.
      ...(worktime.name === mapBasic.name ? [] : [artifacts.job, texts]),
    ]),
    loaded: JSON.stringify([artifacts.public, texts]),
    range: artifacts.dataRange === undefined ? undefined : parseInputRange(artifacts.dataRange),
    resultParams: artifacts.resultParams ?? {},
    pace: createPace(),
    broken: undefined,
    rejections: 0,
  }
}
