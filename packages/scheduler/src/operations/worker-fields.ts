/** What requests of workers have in common: who they are, what they offer, what they fail with. */
import { DcpError, isWorkerId, publicComputeGroup } from '@manyhands/protocol'
import type { SliceFailure } from '@manyhands/protocol'
import { isPublicGroup } from '../groups/join-groups.ts'
import { addressAlias } from '../jobs/jobs-store.ts'
import { errorTextMax } from '../limits.ts'
import type { Fields } from './fields.ts'

const groupsMax = 1000
const worktimesMax = 1000
const namesMax = 10_000
const sandboxesMax = 4096

export function readWorkerId(fields: Fields, name: string): string {
  const id = fields.text(name)
  if (!isWorkerId(id)) fields.refuse(name, 'must be a worker id: 22 characters of A-Z a-z 0-9')
  return id
}

export function readSandboxes(fields: Fields): number {
  const stats = fields.object('coreStats')
  const given = stats.optionalNumber('sandbox', { min: 0 }) ?? 1
  return Math.min(Math.floor(given), sandboxesMax)
}

/** Sandboxes without work. */
export function readWanted(fields: Fields): number {
  const cpu = fields.optionalObject('targetLoad')?.optionalNumber('cpu') ?? 0
  return Math.min(Math.max(0, Math.ceil(cpu)), sandboxesMax)
}

/** Ids of the groups whose secret the worker knows; for the public one any answer will do. */
export function readGroups(fields: Fields): Set<string> {
  const groups = fields.objects('workerComputeGroups', groupsMax)
  const isPublic = groups.some((group) => isPublicGroup({ joinKey: group.optionalText('joinKey') }))
  return new Set(isPublic ? [publicComputeGroup.opaqueId] : [])
}

/** `[{name, version}]`, or dialect 4's `[{name, versions}]`. */
export function readWorktimes(
  fields: Fields,
): { readonly name: string; readonly version: string }[] {
  return fields.objects('worktimes', worktimesMax).flatMap((worktime) => {
    const name = worktime.text('name')
    if (!worktime.has('versions')) return [{ name, version: worktime.text('version') }]
    return worktime.texts('versions', worktimesMax).map((version) => ({ name, version }))
  })
}

/** True when the worker works without a wage. */
export function readUnpaid(fields: Fields): boolean {
  const wage = fields.optionalObject('minimumWage')?.source ?? {}
  return !Object.values(wage).some((value) => typeof value === 'number' && value > 0)
}

/** Names of jobs in the form they are looked up by; members that are no text are left out. */
export function readJobNames(fields: Fields, name: string): Set<string> {
  const names = new Set<string>()
  for (const value of fields.list(name, namesMax)) {
    if (typeof value === 'string') names.add(addressAlias(value) ?? value)
  }
  return names
}

export function readFailure(value: unknown, fields: Fields, name: string): SliceFailure {
  if (typeof value !== 'object' || value === null) fields.refuse(name, 'must describe an error')
  const source = value as Readonly<Record<string, unknown>>
  const text = (member: string): string | undefined => {
    const given = source[member]
    return typeof given === 'string' ? plain(given) : undefined
  }
  const code = text('code')
  const stack = text('stack')
  return {
    name: text('name') ?? 'Error',
    message: text('message') ?? '',
    ...(code === undefined ? {} : { code }),
    ...(stack === undefined ? {} : { stack }),
  }
}

/** Cut to length and free of NUL, which the database cannot hold. */
function plain(text: string): string {
  return text.slice(0, errorTextMax).replaceAll('\0', '\uFFFD')
}

/** The lease is not this worker's, or is over: nothing about it is told. */
export function notYourLease(operation: string): DcpError {
  return new DcpError('EPERM', `${operation}: the authorization does not fit this request`)
}
