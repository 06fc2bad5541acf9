/** The table `jobResults` of table queries: which slices of one's jobs have results, not the values. */
import type { Table } from '@manyhands/service'

export const jobResultsTable: Table = {
  name: 'jobResults',
  source: 'results r join jobs j on j.no = r.job join payments p on p.id = r.payment',
  key: ['id'],
  columns: {
    id: { type: 'autoId', sql: 'r.rowid' },
    jobOpaqueId: { type: 'opaqueId', sql: 'j.id' },
    owner: { type: 'ethAddress', sql: 'j.owner' },
    sliceNumber: { type: 'int53', sql: 'r.slice' },
    serial: { type: 'int53', sql: 'r.seq' },
    size: { type: 'int53', sql: 'r.size' },
    computedTime: { type: 'int53', sql: 'p.at' },
  },
  rows: ({ address }) => ({ sql: 'j.owner = ?', parameters: [address] }),
}
