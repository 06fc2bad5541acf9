/** How a daemon declares the tables that clients may ask: what they are called, and who sees which rows. */
import type { Address } from '@manyhands/protocol'

import type { SqlValue, Transaction } from '../database/group-commit.ts'
import type { ColumnTypeName } from './column-types.ts'

/** Who asks. */
export interface Caller {
  /** Whose key signed. */
  readonly signer: Address
  /** For whom it acts: itself, or whoever made it a proxy. */
  readonly address: Address
  /** Workers it may act as, or look after. */
  readonly workers: readonly OwnWorker[]
}

export interface OwnWorker {
  readonly id: string
  /** The worker's own key. */
  readonly identity: Address
}

/** A piece of SQL with the values of its question marks. */
export interface SqlPart {
  readonly sql: string
  readonly parameters: readonly SqlValue[]
}

export interface Column {
  readonly type: ColumnTypeName
  /** The expression it is read from; in a table that is written, the name of its column. */
  readonly sql: string
  /** True: clients store nothing in it. */
  readonly fixed?: boolean
  /** True: it holds the time of the last change. */
  readonly touched?: boolean
  /** Another way a value may name this row, tried instead where it gives one. */
  readonly alias?: (value: string) => SqlPart | undefined
}

/** A column that no condition can name: it is worked out for the rows that were found. */
export interface DerivedColumn {
  readonly type: ColumnTypeName
  /** Value as it would be stored, from the row's value of `from`. */
  readonly derive: (tx: Transaction, from: SqlValue) => SqlValue
  /** Name of the column it is worked out from. */
  readonly from: string
}

export interface Table {
  readonly name: string
  /** What stands after `from`. */
  readonly source: string
  readonly columns: Readonly<Record<string, Column>>
  readonly derived?: Readonly<Record<string, DerivedColumn>>
  /** Names of the columns that tell a row from all others; they are never changed. */
  readonly key: readonly string[]
  /** The rows that a caller sees, and may change where the table is written. */
  readonly rows: (caller: Caller) => SqlPart
  readonly writes?: TableWrites
}

export interface TableWrites {
  /** True: columns that nobody declared are left out, since other versions of a program have more. */
  readonly ignoresUnknown?: boolean
  /** Its name in the database, which is its `source` too; rows are known by their rowid. */
  readonly table: string
  readonly allowed: readonly ('add' | 'change' | 'delete')[]
  /**
   * What is stored in a new row besides what the client says, by names of the database.
   * @throws DcpError `EPERM` when this caller may not add such a row.
   */
  readonly admit: (
    tx: Transaction,
    caller: Caller,
    row: Readonly<Record<string, SqlValue>>,
  ) => Readonly<Record<string, SqlValue>>
}

/** Who stands behind a key, and what it may do; a port, since another daemon knows. */
export interface Authority {
  /** @throws DcpError `EPERM` when the key is a proxy that was not given this operation. */
  callerOf(signer: Address, operation: string): Caller
}

/** Every key acts for itself alone, and may act as no worker. */
export const noProxies: Authority = {
  callerOf: (signer) => ({ signer, address: signer, workers: [] }),
}
