/** What owners leave for their workers to read: settings and notifications (worker §2.17). */
import { DcpError } from '@manyhands/protocol'
import type { Caller, Column, SqlPart, Table, TableWrites } from '@manyhands/service'

import { workerOrdersMax } from './limits.ts'

const shared: Readonly<Record<string, Column>> = {
  id: { type: 'autoId', sql: 'id', fixed: true },
  owner: { type: 'ethAddress', sql: 'owner', fixed: true },
  workerOpaqueId: { type: 'opaqueId', sql: 'worker' },
}

const configValue: Readonly<Record<string, Column>> = {
  ...shared,
  keyPath: { type: 'string', sql: 'key_path' },
  value: { type: 'kvin', sql: 'value' },
}

const notification: Readonly<Record<string, Column>> = {
  ...shared,
  event: { type: 'json', sql: 'event' },
  signature: { type: 'json', sql: 'signature' },
}

/** Those for workers that the caller may act as. */
function forWorkers({ workers }: Caller): SqlPart {
  return {
    sql: 'worker in (select value from json_each(?))',
    parameters: [JSON.stringify(workers.map(({ id }) => id))],
  }
}

function byOwner({ address }: Caller): SqlPart {
  return { sql: 'owner = ?', parameters: [address] }
}

/** Owners write for workers of theirs alone. */
function writtenByOwners(table: string): TableWrites {
  return {
    table,
    allowed: ['add', 'change', 'delete'],
    admit(tx, { address, workers }, row) {
      if (!workers.some(({ id }) => id === row['worker'])) {
        throw new DcpError('EPERM', '"workerOpaqueId" must name a worker of yours')
      }
      const sql = `select count(*) as n from ${table} where owner = ?`
      const count = Number(tx.all<{ n: bigint }>(sql, [address])[0]?.n ?? 0n)
      if (count < workerOrdersMax) return { owner: address }
      throw new DcpError('ETOOBIG', `one owner may leave ${workerOrdersMax} rows for workers`)
    },
  }
}

function readByWorkers(table: string): TableWrites {
  return {
    table,
    allowed: ['delete'],
    admit() {
      throw new DcpError('EPERM', 'workers add nothing here')
    },
  }
}

interface Orders {
  readonly name: string
  readonly table: string
  readonly columns: Readonly<Record<string, Column>>
  readonly key: readonly string[]
}

function tablesOf({ name, table, columns, key }: Orders): Table[] {
  const same = { source: table, columns, key }
  return [
    { ...same, name: `w$${name}`, rows: forWorkers, writes: readByWorkers(table) },
    { ...same, name, rows: byOwner, writes: writtenByOwners(table) },
  ]
}

export const workerOrderTables: readonly Table[] = [
  ...tablesOf({
    name: 'workerConfigValue',
    table: 'worker_config_values',
    columns: configValue,
    key: ['workerOpaqueId', 'keyPath'],
  }),
  ...tablesOf({
    name: 'workerNotifications',
    table: 'worker_notifications',
    columns: notification,
    key: ['id'],
  }),
]
