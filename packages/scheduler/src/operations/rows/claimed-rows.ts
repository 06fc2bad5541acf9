/** What was claimed for an official worker, as it reads it: job objects and a message for each slice. */
import { kvinUri, locationOf, publicComputeGroup, slicesIn } from '@manyhands/protocol'
import type { GroupOrigins } from '@manyhands/protocol'
import type { LiveJob } from '../../jobs/live-job.ts'
import type { Claimed } from '../../tasks/claim.ts'
import type { Turn } from '../../turn.ts'
import type { ShelvedValue } from '../../values/row-value.ts'
import { jobObject } from './job-object.ts'
import type { Dialect } from './job-object.ts'
import { resultLocations } from '../result-locations.ts'

/** Job objects and slice messages by the name the job has with this worker, and its leases. */
export interface Rows {
  readonly newJobs: Record<string, unknown>
  readonly task: Record<string, unknown[]>
  readonly leases: Record<string, string>
  /** Jobs by compute group, and what workers of these groups may reach. */
  readonly groups: Record<string, string[]>
  readonly origins: Record<string, GroupOrigins>
  readonly commissions: Record<string, Commission>
  /** Messages whose input is still on the shelf. */
  readonly waiting: WaitingMessage[]
}

interface Commission {
  readonly rate: number
  readonly account: string | null
}

interface SliceMessage {
  datumUri?: string
  readonly [member: string]: unknown
}

interface WaitingMessage {
  readonly message: SliceMessage
  readonly value: ShelvedValue
  readonly job: LiveJob
}

/** `names` are those by which the worker knows jobs already. */
export function rowsOf(
  turn: Turn,
  claimed: readonly Claimed[],
  worker: string,
  dialect: Dialect,
  names: readonly string[],
): Rows {
  const rows: Rows = {
    newJobs: {},
    task: {},
    leases: {},
    groups: {},
    origins: {},
    commissions: {},
    waiting: [],
  }
  for (const one of claimed) {
    const { job, lease } = one
    const name = nameFor(job, dialect, names)
    // One lease for a job and answer: a second one of the same job waits for the next request.
    rows.leases[name] = lease.id
    const group = lease.group === '' ? publicComputeGroup.opaqueId : lease.group
    rows.newJobs[name] ??= jobObject(turn, job, { name, dialect, group })
    addGroup(turn, rows, group, name)
    const messages = sliceMessages(turn, one, worker, name, dialect)
    for (const value of one.input?.absent ?? []) {
      const message = messages[value.index]
      if (message !== undefined) rows.waiting.push({ message, value, job })
    }
    rows.task[name] = [...(rows.task[name] ?? []), ...messages]
  }
  return rows
}

function addGroup({ groups }: Turn, rows: Rows, id: string, job: string): void {
  const { properties, owner: account } = groups.get(id) ?? { properties: {}, owner: null }
  rows.groups[id] = [...(rows.groups[id] ?? []), job]
  if (properties.origins !== undefined) rows.origins[id] = properties.origins
  const rate = properties.commissionRate ?? 0
  if (rate > 0) rows.commissions[job] = { rate, account }
}

function nameFor(job: Claimed['job'], dialect: Dialect, names: readonly string[]): string {
  const address = job.address.toLowerCase()
  const given = names.find((name) => {
    const lower = name.toLowerCase()
    return name === job.id || lower === address || `0x${lower}` === address
  })
  return given ?? (dialect === 5 ? job.id : job.address)
}

function sliceMessages(
  turn: Turn,
  { job, lease, input }: Claimed,
  worker: string,
  name: string,
  dialect: Dialect,
): SliceMessage[] {
  const { resultStorage: storage } = turn.inputs.artifacts(turn.tx, job)
  const { slices } = lease
  const locations = storage && resultLocations(storage, job, slices, turn.random)
  let index = -1
  return [...slicesIn(slices)].map((sliceNumber) => {
    index += 1
    const value = input?.values[index]
    const uri =
      input === undefined
        ? turn.inputs.location(turn.tx, job, sliceNumber)
        : uriOf(JSON.stringify(value))
    return {
      [dialect === 5 ? 'jobId' : 'jobAddress']: name,
      worker,
      sliceNumber,
      cotaskCount: 0,
      isEstimationSlice: lease.kind === 'estimate',
      isLongSlice: false,
      timestamp: turn.now,
      ...(uri === undefined ? {} : { datumUri: uri }),
      ...(storage === undefined
        ? { resultStorageType: 'values' }
        : {
            resultStorageType: 'pattern',
            resultStorageDetails: locations?.[index],
            resultStorageParams: storage.params,
          }),
    }
  })
}

/** A location stands for what is there; every other value travels as it is. */
function uriOf(prepared: string): string {
  return locationOf(prepared) ?? kvinUri(prepared)
}
