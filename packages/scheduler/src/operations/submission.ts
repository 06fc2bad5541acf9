/** From the request `submit`, in either dialect, to a deployment. */
import { createHash } from 'node:crypto'

import type { IncomingRequest } from '@manyhands/connection'
import {
  argumentUris,
  columnValues,
  DcpError,
  decodeWorkFunctionUri,
  encodeWorkFunctionUri,
  jobFlags,
  maskOfRequirements,
  needsVersion9,
  parseRequest,
  submit2,
  submit5,
  worktimes,
} from '@manyhands/protocol'
import type { Address, JobId, Submit2, Submit5 } from '@manyhands/protocol'
import { parseAddress } from '@manyhands/wallet'
import { validRange } from 'semver'
import type { Deployment } from '../jobs/deploy.ts'
import type { Artifacts } from '../jobs/inputs.ts'
import { estimationSlicesDefault, workFunctionMax } from '../limits.ts'
import { readMember } from './call.ts'
import type { OperationDeps } from './call.ts'
import { checkLocation, readInput } from './input-set.ts'

/** What differs between the dialects. */
interface Needs {
  readonly id: JobId
  readonly requirements: number
  readonly requirementsObject: unknown
  readonly discrete: boolean
  readonly useStrict: boolean
}

export function readSubmit5(deps: OperationDeps, request: IncomingRequest): Deployment {
  const data = parseRequest(submit5, request.data, 'submit@5')
  return deployment(deps, request, data, {
    id: data.job,
    requirements: data.requirements,
    requirementsObject: data.requirementsObject,
    discrete: data.discrete === true,
    useStrict: data.useStrict === true,
  })
}

export function readSubmit2(deps: OperationDeps, request: IncomingRequest): Deployment {
  const data = parseRequest(submit2, request.data, 'submit@2')
  const { requirements } = data
  return deployment(deps, request, data, {
    id: data.id,
    requirements: maskOfRequirements(requirements),
    requirementsObject: requirements,
    discrete: requirements['discrete'] === true,
    useStrict: requirements['useStrict'] === true,
  })
}

function deployment(
  deps: OperationDeps,
  request: IncomingRequest,
  data: Submit5 | Submit2,
  needs: Needs,
): Deployment {
  const operation = plainName(request)
  const { crypto, random } = deps
  const account = (): Address => parseAddress(withPrefix(data.paymentAccount), crypto)
  const payer = readMember(operation, 'paymentAccount', account)
  const localExec = data.localExec === true
  if (!localExec && !request.authorizes(payer)) {
    const message = `the key of the payment account ${payer} must authorize it`
    throw new DcpError('EPERM', `${operation}: ${message}`)
  }
  checkWorktime(operation, data.worktime)
  const input = readInput(operation, data, random)
  const { description = '', link = '', worktime } = data
  return {
    id: needs.id,
    address: freshAddress(deps),
    owner: request.peer,
    payer,
    dialect: 'job' in data ? 5 : 4,
    flags: flagsOf(data, needs),
    inputKind: input.kind,
    requirements: needs.requirements,
    requirementsObject: needs.requirementsObject,
    worktimeName: worktime.name,
    worktimeVersion: worktime.version,
    estimationSlices: localExec ? 0 : estimationOf(data),
    name: data.name ?? `Ad-Hoc Job${needs.id.slice(-6)}`,
    description,
    link,
    closed: input.kind !== 'values' && data.isOpen !== true,
    total: input.total,
    offer: {
      mvMultSlicePayment: data.mvMultSlicePayment,
      absoluteSlicePayment: data.absoluteSlicePayment,
    },
    digest: createHash('sha256').update(JSON.stringify(request.data)).digest('base64'),
    needsKvin9: !localExec && readMember(operation, 'marshaledArguments', () => hasSymbols(data)),
    artifacts: artifactsOf(operation, data, needs, input.artifacts),
  }
}

/** Arguments are serialised one by one; a location is nobody's to read here. */
function hasSymbols({ marshaledArguments }: Submit5 | Submit2): boolean {
  return columnValues(marshaledArguments).some((argument) => {
    const { string, method } = (argument ?? {}) as Partial<Record<string, unknown>>
    return method === 'kvin' && typeof string === 'string' && needsVersion9(string)
  })
}

function plainName({ service, operation }: IncomingRequest): string {
  return service === 'dcp' ? operation.slice(operation.indexOf('.') + 1) : operation
}

function withPrefix(address: string): string {
  return address.startsWith('0x') ? address : `0x${address}`
}

/** Escrow is an address of its own for each job, as it will be once there is money in it. */
function freshAddress({ random, crypto }: OperationDeps): Address {
  return parseAddress(`0x${Buffer.from(random.bytes(20)).toString('hex')}`, crypto)
}

function checkWorktime(operation: string, worktime: Submit5['worktime']): void {
  if (!worktimes.some(({ name }) => name === worktime.name) && !worktime.custom) {
    throw new DcpError('ENOWORKTIME', `${operation}: there is no worktime "${worktime.name}"`)
  }
  if (validRange(worktime.version) !== null) return
  const message = '"worktime.version" must be a version or a range of versions'
  throw new DcpError('EBADARG', `${operation}: ${message}`)
}

function estimationOf({ estimationSlices }: Submit5 | Submit2): number | null {
  return estimationSlices === undefined ? estimationSlicesDefault : estimationSlices
}

function flagsOf(data: Submit5 | Submit2, needs: Needs): number {
  return (
    (data.localExec === true ? jobFlags.localExec : 0) |
    (data.isOpen === true ? jobFlags.open : 0) |
    (data.workerConsole === true ? jobFlags.workerConsole : 0) |
    (data.greedyEstimation === true ? jobFlags.greedyEstimation : 0) |
    (needs.discrete ? jobFlags.discrete : 0) |
    (needs.useStrict ? jobFlags.useStrict : 0)
  )
}

function artifactsOf(
  operation: string,
  data: Submit5 | Submit2,
  needs: Needs,
  input: Partial<Artifacts>,
): Artifacts {
  const { marshaledArguments, requirePath, modulePath, dependencies } = data
  // Those of local jobs are locations, in whatever shape their client reads them again.
  if (data.localExec !== true) {
    readMember(operation, 'marshaledArguments', () => argumentUris(marshaledArguments))
  }
  return {
    workFunctionURI: workFunctionOf(operation, data),
    marshaledArguments,
    requirePath,
    modulePath,
    dependencies,
    useStrict: needs.useStrict,
    workerConsole: data.workerConsole === true,
    ...input,
    ...storageOf(operation, data),
  }
}

/** Data URIs are decoded and written anew, because their senders quote differently. */
function workFunctionOf(operation: string, data: Submit5 | Submit2): string {
  const uri = data.workFunctionURI
  if (uri.length > workFunctionMax) {
    const message = `"workFunctionURI" is longer than ${workFunctionMax} characters`
    throw new DcpError('EWORKTOOBIG', `${operation}: ${message}`)
  }
  if (/^https?:/i.test(uri) || (data.localExec === true && /^file:/i.test(uri))) return uri
  return readMember(operation, 'workFunctionURI', () =>
    encodeWorkFunctionUri(decodeWorkFunctionUri(uri)),
  )
}

function storageOf(operation: string, data: Submit5 | Submit2): Partial<Artifacts> {
  if (data.resultStorageType !== 'pattern') return {}
  const { resultStorageDetails: details, resultStorageParams = {} } = data
  if (details === undefined) {
    throw new DcpError('EBADARG', `${operation}: "resultStorageDetails" is missing`)
  }
  checkLocation(operation, 'resultStorageDetails', details)
  const params: Record<string, string> = {}
  for (const [name, value] of Object.entries(resultStorageParams)) params[name] = String(value)
  return { resultStorage: { details, params } }
}
