/** The table `jobs` of table queries: what the owner of a job is told of it, as in its status. */
import { jobFlags, parseSliceSet, sliceCount } from '@manyhands/protocol'
import type { SqlValue, Table, Transaction } from '@manyhands/service'

import { addressAlias } from '../jobs/jobs-store.ts'

const joined = 'jobs j join job_cursor c on c.job = j.no join job_progress p on p.job = j.no'

const isOpen = `(j.flags & ${jobFlags.open}) != 0 and j.closed = 0`

export const jobsTable: Table = {
  name: 'jobs',
  source: joined,
  key: ['id'],
  columns: {
    id: { type: 'autoId', sql: 'j.no' },
    opaqueId: { type: 'opaqueId', sql: 'j.id', alias: byAddress },
    job: { type: 'identifier', sql: 'j.id', alias: byAddress },
    uuid: { type: 'identifier', sql: 'j.id', alias: byAddress },
    address: { type: 'ethAddress', sql: 'j.address' },
    jobAddress: { type: 'ethAddress', sql: 'j.address' },
    owner: { type: 'ethAddress', sql: 'j.owner' },
    ownerAddress: { type: 'ethAddress', sql: 'j.owner' },
    paymentAccount: { type: 'ethAddress', sql: 'j.payer' },
    name: { type: 'string', sql: 'j.name' },
    description: { type: 'string', sql: 'j.description' },
    link: { type: 'string', sql: 'j.link' },
    status: { type: 'string', sql: 'j.state' },
    runStatus: { type: 'string', sql: 'j.state' },
    flags: { type: 'integer', sql: 'j.flags' },
    isOpen: { type: 'bool', sql: isOpen },
    deployTime: { type: 'int53', sql: 'j.deployed' },
    endTime: { type: 'int53', sql: 'j.ended' },
    lastSliceNumber: { type: 'int53', sql: 'j.total' },
    nextSliceNumber: { type: 'int53', sql: 'c.next' },
    total: { type: 'int53', sql: 'j.total' },
    totalSlices: { type: 'int53', sql: 'j.total' },
    distributed: { type: 'int53', sql: 'c.next - 1' },
    computed: { type: 'int53', sql: 'p.computed' },
    completedSlices: { type: 'int53', sql: 'p.computed' },
    totalCPUTime: { type: 'float', sql: 'p.cpu_ms / 1000' },
    totalGPUTime: { type: 'float', sql: 'p.gpu_ms / 1000' },
  },
  derived: {
    activeSlices: { type: 'int53', from: 'id', derive: activeSlices },
  },
  rows: ({ address }) => ({ sql: 'j.owner = ?', parameters: [address] }),
}

/** A job's escrow address is another name of it. */
function byAddress(name: string): { sql: string; parameters: SqlValue[] } | undefined {
  const alias = addressAlias(name)
  return alias === undefined ? undefined : { sql: 'j.alias = ?', parameters: [alias] }
}

/** Slices that somebody holds without a result. */
function activeSlices(tx: Transaction, job: SqlValue): SqlValue {
  const sql = 'select open from leases where job = ? and ended is null'
  const leases = tx.all<{ open: string }>(sql, [job])
  return BigInt(leases.reduce((sum, { open }) => sum + sliceCount(parseSliceSet(open)), 0))
}
