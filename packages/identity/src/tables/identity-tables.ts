/** The tables that clients may ask about keys and workers (operations §13.6). */
import type { Table } from '@manyhands/service'
import { DcpError } from '@manyhands/protocol'

/** An owner sees the rights it gave, a key those it has; taking one away is deleting its row. */
const proxyAuth: Table = {
  name: 'proxyAuth',
  source: 'proxy_rights',
  key: ['id'],
  columns: {
    id: { type: 'autoId', sql: 'id', fixed: true },
    proxyAddress: { type: 'ethAddress', sql: 'proxy', fixed: true },
    authAddress: { type: 'ethAddress', sql: 'auth', fixed: true },
    owner: { type: 'ethAddress', sql: 'owner', fixed: true },
    operationKey: { type: 'string', sql: 'operation', fixed: true },
    related: { type: 'string', sql: 'related', fixed: true },
    amount: { type: 'finNum', sql: 'amount', fixed: true },
    uses: { type: 'int53', sql: 'uses', fixed: true },
    expireDate: { type: 'timestamp', sql: 'expires', fixed: true },
    label: { type: 'string', sql: 'label' },
  },
  rows: ({ signer, address }) => ({
    sql: 'owner = ? or proxy = ?',
    parameters: [address, signer],
  }),
  writes: { table: 'proxy_rights', allowed: ['change', 'delete'], admit: refuseToAdd },
}

const worker: Table = {
  name: 'worker',
  source: 'workers',
  key: ['opaqueId'],
  columns: {
    opaqueId: { type: 'opaqueId', sql: 'id', fixed: true },
    identity: { type: 'ethAddress', sql: 'identity', fixed: true },
    owner: { type: 'ethAddress', sql: 'owner', fixed: true },
    label: { type: 'string', sql: 'label' },
    flags: { type: 'integer', sql: 'flags', fixed: true },
    registered: { type: 'timestamp', sql: 'registered', fixed: true },
  },
  rows: ({ address }) => ({ sql: 'owner = ?', parameters: [address] }),
  writes: { table: 'workers', allowed: ['change', 'delete'], admit: refuseToAdd },
}

function refuseToAdd(): never {
  throw new DcpError('EPERM', 'rows of this table are made by signed requests alone')
}

export const identityTables: readonly Table[] = [proxyAuth, worker]
