/** Every limit of the client: what it buffers, how far it reads ahead, how long it waits. */
export const limits = {
  /** Schedulers that the jobs of one client are deployed on. */
  schedulersMax: 64,
  /** Slices of a job whose values are listed (operations §18). */
  slicesByValueMax: 10_000_000,
  /** Characters of a work function (operations §18). */
  workFunctionMax: 52_428_800,
  /** Characters of slice data in one request. One larger value still travels, alone. */
  pileTextMax: 1_000_000,
  /** Slices in one request. */
  pileSlicesMax: 10_000,
  /** Requests with slice data that are not answered yet; the input set is read no further. */
  pilesInFlightMax: 2,
  /** How long a started pile waits for more from a slow asynchronous source. */
  pileWaitMs: 50,
  /** Elements of an input set that `keys`, `entries` or `lookupValue` may list in memory. */
  keysMax: 10_000_000,
  /** How long to wait for the scheduler's word when a job is given up half way. */
  giveUpMs: 5_000,
  /** Slices in one page of fetched results. */
  fetchPageSlices: 10_000,
  /** Slices whose times are asked for at once. */
  statPageSlices: 10_000,
  /** Characters of the modules of one job that are bundled. */
  bundleMax: 33_554_432,
  /** Tries at proving a secret to a session before it is lost. */
  joinTriesMax: 3,
  /** Times that one slice may fail in `localExec` before the job fails. */
  localAttemptsMax: 3,
  /** Slices that a local sandbox gets at once. */
  localBatchMax: 256,
  /** Sandboxes of one `localExec`. */
  localCoresMax: 256,
  /** How long the scheduler may wait to be told that a subscription has ended. */
  farewellMs: 50,
  /** How long the connection stays open after the last job and request. */
  idleCloseMs: 10_000,
} as const
