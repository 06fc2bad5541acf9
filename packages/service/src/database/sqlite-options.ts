/** How the two openers set up a database file. */
export interface SqliteOptions {
  /** `wal` for databases; `delete` leaves no other file beside it, for locks. */
  readonly journal: 'wal' | 'delete'
  /** How long a statement waits for a lock that another process holds. */
  readonly busyMs: number
}
