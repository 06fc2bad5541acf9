/**
 * What workers of the protocol's newer dialect write about themselves, for their owners to look at
 * (worker §2.17). A record belongs to the key that wrote it: whoever names a worker by another key
 * writes another record, which the worker's owner never sees.
 */
import { DcpError } from '@manyhands/protocol'
import type { Caller, Column, SqlPart, Table, TableWrites } from '@manyhands/service'

import { workerRecordsMax } from './limits.ts'

const workerId: Column = { type: 'opaqueId', sql: 'worker' }

const runInfo: Readonly<Record<string, Column>> = {
  id: { type: 'autoId', sql: 'id', fixed: true },
  workerOpaqueId: workerId,
  type: { type: 'string', sql: 'type' },
  status: { type: 'string', sql: 'status' },
  hostname: { type: 'string', sql: 'hostname' },
  username: { type: 'string', sql: 'username' },
  pid: { type: 'int53', sql: 'pid' },
  version: { type: 'json', sql: 'version' },
  browser: { type: 'json', sql: 'browser' },
  os: { type: 'string', sql: 'os' },
  arch: { type: 'string', sql: 'arch' },
  ram: { type: 'float', sql: 'ram' },
  cpuType: { type: 'string', sql: 'cpu_type' },
  gpuType: { type: 'string', sql: 'gpu_type' },
  localIpAddress: { type: 'string', sql: 'local_ip_address' },
  macAddress: { type: 'string', sql: 'mac_address' },
  cpuCores: { type: 'float', sql: 'cpu_cores' },
  gpuCores: { type: 'float', sql: 'gpu_cores' },
  cpuTargetUtilization: { type: 'float', sql: 'cpu_target_utilization' },
  gpuTargetUtilization: { type: 'float', sql: 'gpu_target_utilization' },
  maxSandboxes: { type: 'float', sql: 'max_sandboxes' },
  earnings: { type: 'finNum', sql: 'earnings' },
  earningsAccount: { type: 'ethAddress', sql: 'earnings_account' },
  lastStartTime: { type: 'timestamp', sql: 'last_start_time' },
  lastErrorTimestamp: { type: 'timestamp', sql: 'last_error_timestamp' },
  lastError: { type: 'kvin', sql: 'last_error' },
  lastModified: { type: 'autoNow', sql: 'changed', fixed: true, touched: true },
}

const taskInfo: Readonly<Record<string, Column>> = {
  id: { type: 'autoId', sql: 'id', fixed: true },
  workerOpaqueId: workerId,
  serial: { type: 'int53', sql: 'serial' },
  taskTime: { type: 'timestamp', sql: 'task_time' },
  currentTask: { type: 'kvin', sql: 'current_task' },
  lastModified: { type: 'autoNow', sql: 'changed', fixed: true, touched: true },
}

/** Records of the caller's own key, and of workers it may look after. */
function ownOrLookedAfter(caller: Caller): SqlPart {
  const { sql, parameters } = lookedAfter(caller)
  return { sql: `identity = ? or ${sql}`, parameters: [caller.signer, ...parameters] }
}

function lookedAfter({ workers }: Caller): SqlPart {
  return {
    sql: '(worker, identity) in (select value ->> 0, value ->> 1 from json_each(?))',
    parameters: [JSON.stringify(workers.map(({ id, identity }) => [id, identity]))],
  }
}

function writtenByWorkers(table: string): TableWrites {
  return {
    table,
    allowed: ['add', 'change'],
    ignoresUnknown: true,
    admit(tx, { signer }) {
      const sql = `select count(*) as n from ${table} where identity = ?`
      const count = Number(tx.all<{ n: bigint }>(sql, [signer])[0]?.n ?? 0n)
      if (count < workerRecordsMax) return { identity: signer }
      throw new DcpError('ETOOBIG', `one key may keep ${workerRecordsMax} records of a kind`)
    },
  }
}

interface Records {
  readonly name: string
  readonly table: string
  readonly columns: Readonly<Record<string, Column>>
  readonly key: readonly string[]
}

/** The same records twice: for the workers that write them, and for those who look after workers. */
function tablesOf({ name, table, columns, key }: Records): Table[] {
  const shared = { source: table, columns, key }
  return [
    { ...shared, name: `w$${name}`, rows: ownOrLookedAfter, writes: writtenByWorkers(table) },
    { ...shared, name, rows: lookedAfter },
  ]
}

export const workerRecordTables: readonly Table[] = [
  ...tablesOf({
    name: 'workerRunInfo',
    table: 'worker_run_info',
    columns: runInfo,
    key: ['workerOpaqueId'],
  }),
  ...tablesOf({
    name: 'workerTaskInfo',
    table: 'worker_task_info',
    columns: taskInfo,
    key: ['workerOpaqueId', 'serial'],
  }),
]
