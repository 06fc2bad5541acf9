/** The limits of this package: nothing in a daemon's surroundings grows without end. */
export const limits = {
  /** Works of one transaction; more wait for the next, so that no answer waits for ever. */
  groupMax: 256,
  /** Works that may wait for the database; past it a write is refused as EBUSY. */
  queueMax: 20_000,
  /** Prepared statements kept per database. */
  statementsMax: 500,
  /** How long a statement waits for a lock that another process holds on the database. */
  databaseBusyMs: 2000,
} as const
