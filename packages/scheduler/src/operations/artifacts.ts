/** What workers need to run a job, as `submit` brings it and as it is kept. */
import {
  decodeWorkFunctionUri,
  encodeWorkFunctionUri,
  isDcpError,
  jobFlags,
  preparedOfSerialized,
  splitColumn,
  unmarshal,
} from '@manyhands/protocol'
import { DcpError } from '@manyhands/protocol'
import type { Artifacts } from '../jobs/inputs.ts'
import { workFunctionMax } from '../limits.ts'
import type { Fields } from './fields.ts'
import type { ParsedInput } from './input-set.ts'

const pathsMax = 1000
const pathMax = 4096

export function readArtifacts(fields: Fields, flags: number, input: ParsedInput): Artifacts {
  return {
    workFunctionURI: readWorkFunction(fields),
    marshaledArguments: readArguments(fields),
    requirePath: fields.texts('requirePath', pathsMax, pathMax),
    modulePath: fields.texts('modulePath', pathsMax, pathMax),
    dependencies: fields.texts('dependencies', pathsMax, pathMax),
    useStrict: (flags & jobFlags.useStrict) !== 0,
    workerConsole: (flags & jobFlags.workerConsole) !== 0,
    ...input.artifacts,
    ...readResultStorage(fields),
  }
}

/** Data URIs are decoded and written anew, because their senders quote differently. */
function readWorkFunction(fields: Fields): string {
  const value = fields.source['workFunctionURI']
  const length = typeof value === 'string' ? value.length : 0
  if (length > workFunctionMax) {
    const message = `the work function is longer than ${workFunctionMax} characters`
    throw new DcpError('EWORKTOOBIG', `${fields.operation}: "workFunctionURI": ${message}`)
  }
  const uri = fields.url('workFunctionURI', workFunctionMax)
  if (/^https?:/i.test(uri)) return uri
  if (/^file:/i.test(uri) && fields.flag('localExec')) return uri
  try {
    return encodeWorkFunctionUri(decodeWorkFunctionUri(uri))
  } catch (cause) {
    if (isDcpError(cause)) fields.refuse('workFunctionURI', `is not acceptable: ${cause.message}`)
    throw cause
  }
}

/** Checked element by element, then kept as it came. */
function readArguments(fields: Fields): unknown {
  const value = fields.source['marshaledArguments']
  if (value === undefined || value === null) return { _serializeVerId: 'v8', what: { raw: [] } }
  if (fields.flag('localExec')) return value
  try {
    for (const argument of unmarshal(value) as unknown[]) {
      if (!isLocation(argument)) preparedOfSerialized(argument)
    }
    splitColumn(value)
  } catch (cause) {
    const why = isDcpError(cause) ? cause.message : 'not an array'
    fields.refuse('marshaledArguments', `is not acceptable: ${why}`)
  }
  return value
}

function isLocation(argument: unknown): boolean {
  return argument instanceof URL || (typeof argument === 'string' && /^https?:/i.test(argument))
}

function readResultStorage(fields: Fields): Partial<Artifacts> {
  const type = fields.optionalText('resultStorageType')
  if (type === undefined || type === 'values') return {}
  if (type !== 'pattern') fields.refuse('resultStorageType', 'must be "pattern" or "values"')
  const source = fields.optionalObject('resultStorageParams')?.source ?? {}
  const params: Record<string, string> = {}
  for (const [name, value] of Object.entries(source)) params[name] = String(value)
  return { resultStorage: { details: fields.url('resultStorageDetails', pathMax), params } }
}
