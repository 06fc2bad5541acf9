/**
 * What a guest may send and how fast. The realm keeps to these so that a work function is told
 * early; the supervisor has limits of its own and trusts none of these.
 */
export const guestLimits = {
  /** Payload of one frame; longer messages travel as several. */
  frameBytesMax: 1 << 20,
  /** One message from the supervisor: a work function with its arguments, or one batch. */
  messageBytesMax: 64 << 20,
  /** One encoded result, console message or event. */
  resultBytesMax: 48 << 20,
  consoleBytesMax: 64 << 10,
  emitBytesMax: 1 << 20,
  /** Results wait at most this long, or for this many bytes, before they are sent. */
  flushMs: 200,
  flushBytes: 64 << 10,
  heartbeatMs: 5_000,
  /** A batch may end within this long before a thread is set to read what comes during it. */
  patienceMs: 5,
  /** Results of short slices wait at most this long before they are looked at … */
  dozeMs: 40,
  /** … unless the results are longer than this on average, … */
  dozeResultLength: 4 << 10,
  /** … or the slices so short that they keep the thread that looks at them awake. */
  dozeSliceMs: 0.5,
  /** Time between two progress messages of one sandbox. */
  progressThrottleMs: 100,
  progressTextLength: 64,
  consoleBurst: 200,
  consolePerSecond: 100,
  /** A flood is spoken of this often. */
  consoleNoticeMs: 10_000,
  emitBurst: 1_000,
  emitPerSecond: 1_000,
  /** Console calls made while no slice runs are kept for the next slice, this many of them. */
  heldConsoleMax: 100,
  /** A long run of short slices lets messages in this often, so that it can be stopped. */
  yieldMs: 5,
  errorMessageLength: 16 << 10,
  errorStackLength: 16 << 10,
  eventNameLength: 256,
  /** One line of the official worker; module groups and slices of many megabytes must pass. */
  lineBytesMax: 256 << 20,
  /** Modules of one sandbox, and the names asked for at once. */
  modulesMax: 2_000,
  moduleIdLength: 512,
  /** Requests of one sandbox that wait for their response. */
  fetchesInFlightMax: 64,
  fetchBodyBytesMax: 32 << 20,
  fetchHeadersMax: 200,
} as const
