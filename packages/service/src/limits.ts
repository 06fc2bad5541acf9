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
  /** Characters of one value in a log line. */
  logValueChars: 8192,
  /** Bytes of log that may wait for a slow reader. */
  logBufferBytes: 4_194_304,
  /** Label combinations per metric. */
  metricSeriesMax: 500,
  /** Open sockets of an HTTP server; more are refused. */
  httpConnectionsMax: 10_000,
  /** Bytes of a request body when the route names no limit of its own. */
  httpBodyBytes: 1_048_576,
  /** Files of values that are read or written at the same time. */
  valueFilesMax: 32,
  /** Characters of the values that were kept last: whoever asks for them soon need not read the file. */
  recentValuesLength: 16_777_216,
  /** How long a value may be in no use before it is removed. */
  valueOrphanMs: 3_600_000,
  /** Values that are looked up at once when the unused ones are searched. */
  valueSweepFiles: 500,
  /** How long a closing server waits for requests that are being answered. */
  httpCloseMs: 2000,
} as const
