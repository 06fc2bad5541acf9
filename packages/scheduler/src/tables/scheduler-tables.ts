/** The tables that clients may ask the scheduler about (operations §13.5). */
import type { Table } from '@manyhands/service'

import { jobResultsTable } from './job-results-table.ts'
import { jobsTable } from './jobs-table.ts'
import { workerOrderTables } from './worker-orders.ts'
import { workerRecordTables } from './worker-records.ts'

export const schedulerTables: readonly Table[] = [
  jobsTable,
  jobResultsTable,
  ...workerRecordTables,
  ...workerOrderTables,
]
