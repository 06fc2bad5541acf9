/** `workEmit`: console lines, errors and own events of a running slice, on to the job's owner. */
import type { IncomingRequest } from '@manyhands/connection'
import { hasSlice, parseRequest, workEmit as workEmitSchema } from '@manyhands/protocol'
import type { LooseLabel } from '../events/loose-event.ts'
import { addressAlias } from '../jobs/jobs-store.ts'
import type { LiveJob } from '../jobs/live-job.ts'
import { emitBytesMax } from '../limits.ts'
import type { RefusalKind } from '../refusals.ts'
import { workerKey } from '../tasks/live-workers.ts'
import { authorizedLease } from './rows/authorization-message.ts'
import type { OperationDeps } from './call.ts'

const labels: Readonly<Record<string, LooseLabel>> = {
  console: 'console',
  error: 'error',
  noProgress: 'noprogress',
  custom: 'custom',
}

/** False when the worker has not held the slice under the lease, or what it says is too long or unknown. */
export function workEmit(deps: OperationDeps, request: IncomingRequest): boolean {
  const data = parseRequest(workEmitSchema, request.data, 'workEmit')
  const { eventName: name, worker, slice } = data
  const refused = (kind: RefusalKind): false => {
    deps.refusals.note(kind, request.peer)
    return false
  }
  const id = data.lease ?? authorizedLease(deps, request, { operation: 'workEmit', ...data })
  // Official workers tell it on another connection than the result, which may be there before it.
  const lease = deps.turns.jobs.recentLease(id)
  if (lease?.worker !== workerKey(request.peer, worker)) return refused('event')
  if (!names(data.job, lease.job) || !hasSlice(lease.slices, slice)) return refused('event')
  const known = deps.turns.workers.get(lease.worker)
  if (known !== undefined) known.lastHeard = deps.clock.now()
  // Our workers tell how far a slice is; no label of clients carries it yet.
  if (name === 'progress') return true
  const label = Object.hasOwn(labels, name) ? labels[name] : undefined
  if (label === undefined) return false
  const common = { sliceNumber: slice, worker }
  const body = { ...bodyOf(label, data.payload, lease.job.name), ...common }
  if (JSON.stringify(body).length > emitBytesMax) return refused('size')
  deps.router.publish({ changed: new Set(), loose: [{ job: lease.job.no, label, body }] })
  return true
}

function names(name: string, { id, address }: LiveJob): boolean {
  return name === id || addressAlias(name) === addressAlias(address)
}

function bodyOf(
  label: LooseLabel,
  payload: Readonly<Record<string, unknown>>,
  jobName: string,
): Readonly<Record<string, unknown>> {
  const { eventName: _eventName, job: _job, ...members } = payload
  // Dialect 4 workers add the job's name under `name`, to errors that have none of their own.
  const { name, ...body } = members
  if (label === 'error') return withoutNullCode(name === jobName ? body : members)
  if (label === 'console') return { ...body, message: labelledV8(body['message']) }
  if (label !== 'noprogress') return body
  const reports = body['progressReports']
  const last =
    typeof reports === 'object' && reports !== null && 'lastDeterministic' in reports
      ? reports.lastDeterministic
      : undefined
  const progressReports =
    last === undefined ? reports : { ...(reports as object), lastUpdate: last }
  return { ...body, progressReports }
}

/** A code that is null makes official clients fail. */
function withoutNullCode(
  members: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const { code, ...rest } = members
  return typeof code === 'string' ? members : rest
}

/** Everybody reads KVIN labelled v8. */
function labelledV8(message: unknown): unknown {
  if (typeof message !== 'object' || message === null || !('_serializeVerId' in message)) {
    return message
  }
  return { ...message, _serializeVerId: 'v8' }
}
