/**
 * Every bound of the worker, by name. Past one of them something documented happens: a batch is
 * split, a message is dropped and counted, or a slice fails with `ETOOBIG`.
 */
export const limits = {
  /** Jobs whose work function and arguments are kept decoded; the longest unused go first. */
  knownJobsMax: 64,
  /** Longest time the scheduler may hold a task request while there is no work. */
  taskWaitMs: 60_000,
  /** A sandbox should come back for more about this often, so that stops and voids take effect. */
  batchTargetMs: 400,
  /** A batch is at least this long while there are slices for it. */
  batchLeastMs: 10,
  /** Slices in one batch, however short they are. */
  batchSlicesMax: 512,
  /** A batch is at most this many times as long as the one before it. */
  batchGrowth: 8,
  /** Characters of input in one batch (one longer input travels alone). */
  batchInputMax: 4_194_304,
  /** Results are gathered for this share of the time since their job's first one came: each time as
   * long as all times before … */
  chunkDelayShare: 1,
  /** … which is at least and at most so long, so that the first ones are seen at once … */
  chunkDelayLeastMs: 20,
  chunkDelayMostMs: 500,
  /** … or when this many slices … */
  chunkSlicesMax: 300,
  /** … or this many characters are there. */
  chunkTextMax: 262_144,
  /** Chunks whose answer is still to come. */
  chunksInFlightMax: 4,
  /** Characters of finished results that may wait; past it no new batch starts. */
  outboxTextMax: 64_194_304,
  /** Slices that may wait likewise. */
  outboxSlicesMax: 20_000,
  /** Longest result of one slice, characters. */
  resultTextMax: 50_331_648,
  /** Longest message, stack or name of a failure that is sent on, characters. */
  errorTextMax: 16_384,
  /** Time to return everything when the scheduler says that it must leave at once. */
  killGraceMs: 2_000,
  /** Characters of an announcement that are shown. */
  announcementMax: 4_096,
  /** Jobs that it is told to leave alone; the ones longest ago are forgotten first. */
  leftJobsMax: 256,
  /** Time between heartbeats while leases are held. */
  heartbeatMs: 10_000,
  /** Time to the second one of a session; longer than a lease counts as being on its way. */
  inventoryMs: 6_000,
  /** Console lines and custom events that may wait for the scheduler's answer. */
  relayQueueMax: 1_000,
  /** Characters of them that may wait. */
  relayTextMax: 4_194_304,
  /** How many of them travel in one message. */
  relayBatchMax: 100,
  /** How long they are gathered. */
  relayDelayMs: 50,
  /** Tries in a row at getting a sandbox, longer and longer apart; then all tasks are given back. */
  startTriesMax: 6,
  /** Tries at `work.reject(reason, retries)` that are honoured, whatever was asked. */
  rejectRetriesMax: 10,
  /** Waiting after a failed request: first, and longest. */
  backoffFirstMs: 250,
  backoffMaxMs: 10_000,
  /** Waiting after an answer without tasks that came at once. */
  emptyAnswerMs: 250,
  /** A slice whose mean is above this is not prefetched. */
  longSliceMs: 1_000,
  /** Time for a slice to end whose task is no longer ours; then its sandbox is killed. */
  abandonGraceMs: 500,
  /** Time to finish or return everything when stopping. */
  stopGraceMs: 30_000,
  /** Part of it kept for the last messages. */
  stopFlushMs: 5_000,
  /** How long the evaluator may take to answer at start. */
  hostStartMs: 60_000,
  /** Without an answer of it for so long, whoever started the worker is told why. */
  hostQuietMs: 3_000,
  /** Inputs of one batch that are fetched at the same time. */
  fetchesAtOnce: 8,
  /** Results on their way to places of their own; past it no new batch starts. */
  postsMax: 64,
  /** Characters of a work function fetched from a location. */
  artifactTextMax: 52_428_800,
  /** Characters of modules kept for the next sandbox that needs them. */
  modulesKeptMax: 67_108_864,
} as const
