/** Every limit and interval of the scheduler; past a limit there is a documented error. */

/** Slices of one task. */
export const taskSlicesMax = 4096
/** Characters of input values in one task, and in one answer; one longer value still travels. */
export const taskBytesMax: number = 4 * 1024 * 1024
export const answerBytesMax: number = 12 * 1024 * 1024
/** Slices of one task whose results go to locations of their own. */
export const postedSlicesMax = 256
/** Tasks in one answer to a worker. */
export const tasksPerAnswerMax = 64
/** Work a task of our worker should hold, milliseconds. */
export const taskTargetMs = 500
/** Work a task holds at least, however little is left: a smaller one costs more than it shares. */
export const taskLeastMs = 50
/** Work a task of an official worker should hold, milliseconds. */
export const officialTaskTargetMs = 10_000
/** The longest a request for work is held, milliseconds. */
export const holdMaxMs = 60_000
/** Held requests; past it the oldest is answered empty. */
export const waitersMax = 100_000

/** Compute groups of all owners, and of one. */
export const groupsMax = 100_000
export const groupsPerOwnerMax = 1_000
/** Jobs in a list of those of one compute group. */
export const groupJobsMax = 10_000

/** Sandboxes one worker may speak of. */
export const sandboxesMax = 4096

/** Leases that have ended and whose workers may still have something to tell of them. */
export const endedLeasesMax = 4096

/** How long a worker that says nothing keeps its leases, milliseconds. */
export const leaseMs = 30_000
/** The same for official workers, which take inventory every four minutes. */
export const officialLeaseMs = 600_000
/** A lease without any result for this long ends, however often its worker is heard. */
export const leaseWithoutResultMs: number = 24 * 3_600_000
/** A lease younger than this, missing in its worker's inventory, may still be on its way there. */
export const leaseInTransitMs = 5_000
/** How far clocks and messages may stretch what a worker says its sandboxes used, milliseconds. */
export const claimGraceMs = 1_000
/** A worker heard of within this time counts as computing, milliseconds. */
export const workerActiveMs = 90_000
/** A worker without leases is forgotten after this time. */
export const workerForgetMs = 600_000
/** How long ended leases and replies are remembered, milliseconds. */
export const rememberMs: number = 20 * 60_000
/** Time between two looks at leases, holes and waiting workers. */
export const sweepMs = 500
/** Time between two looks for what can be forgotten. */
export const housekeepingMs = 60_000

/** How often one slice may fail before its job is given up. */
export const sliceAttemptsMax = 3
/** How often one slice may come back unfinished without anybody's fault. */
export const sliceReturnsMax = 100
/** Failures a job may have, whatever its size … */
export const jobFailuresMin = 10
/** … and as a share of what it has computed. */
export const jobFailuresShare = 0.1
/** After this time a worker may get back what it failed or returned, when nobody else took it. */
export const retryAloneMs = 1_000

/** How long a worker that may not reach a job's data is not handed the job … */
export const unwillingMs: number = 10 * 60_000
/** … and how many such workers are remembered for one job. */
export const unwillingMax = 10_000

/** A slice is slow when it takes this many times the mean … */
export const slowFactor = 2
/** … and at least this long, milliseconds. */
export const slowMinMs = 1_000

/** Slices in estimation when the deployer does not say. */
export const estimationSlicesDefault = 3
/** Slices of a by-value job. */
export const valuesMax = 10_000_000
/** Bytes of one stored part of an upload. */
export const pilePartBytes: number = 256 * 1024
/** Bytes of uploaded input kept in memory, and of what is sent to workers with a job's first task. */
export const pileCacheBytes: number = 32 * 1024 * 1024
export const artifactCacheBytes: number = 32 * 1024 * 1024
/** Characters of a value in a row; longer ones are kept in files. */
export const valueInlineMax: number = 64 * 1024
/** Characters of a value in one message to an official program; for longer ones it gets a location. */
export const uriInlineMax: number = 1024 * 1024
/** Time between two looks for values that no row names. */
export const valueSweepMs: number = 15 * 60_000
/** Characters of one value, and of a work function with its modules. */
export const valueMax: number = 48 * 1024 * 1024
export const workFunctionMax: number = 50 * 1024 * 1024
/** Characters of one stored error text. */
export const errorTextMax = 8_192
/** An open job whose owner is not heard of for this long is cancelled. */
export const abandonMs: number = 24 * 3_600_000
/** Jobs, results and events of the past are kept this long. */
export const retentionMs: number = 30 * 24 * 3_600_000

/** Events in one round to one subscriber. */
export const eventsPerRoundMax = 300
/** Slices and characters in one `results` event. */
export const resultsPerEventMax = 4096
export const resultsBytesMax: number = 4 * 1024 * 1024
/** Console lines, errors and the like waiting for one subscriber; the oldest are dropped first. */
export const looseEventsMax = 1_000
/** The same kept for jobs that nobody can hear yet, all jobs together, and for how long. */
export const earlyEventsMax = 200
export const earlyEventMs = 5_000
/** Subscriptions of one session. */
export const subscriptionsMax = 10_000
/** Time between two `status` events of one subscription … */
export const statusMs = 500
/** … or less, where it costs no message of its own because results travel at the same time. */
export const statusRidingMs = 200
/**
 * How often and how long after the first time the end of a job is told again, milliseconds, each
 * pause twice as long as the one before.
 */
export const stopRepeatsMax = 8
export const stopRepeatMs = 50
/** How long after its job was closed a client that listens late waits for the end, at most. */
export const stopHoldMs = 5_000
/** Leases that one notice to their worker tells of; the others it hears of from its heartbeat. */
export const noticeLeasesMax = 1024
/** Characters of one `workEmit` payload. */
export const emitBytesMax: number = 256 * 1024
/** Characters in a reply of `fetchResult`. */
export const fetchBytesMax: number = 32 * 1024 * 1024
/** Results that `listResult` looks through at a time, and runs of slices in its reply. */
export const listPartMax = 20_000
export const listRunsMax = 200_000
/** Slices in a reply of `statResult`. */
export const statSlicesMax = 20_000
/** Slices in a reply of `fetchResult`. */
export const fetchRowsMax = 500_000
/** Slices in a reply of `fetchResult@1`. */
export const fetchSlicesMax = 100_000
