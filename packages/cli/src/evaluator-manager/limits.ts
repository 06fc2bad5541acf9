/** Limits and rhythms of the evaluator manager. */
export const managerLimits = {
  /** How often the monitors look. */
  pollMs: 3_000,
  /** A program that is asked about the screen has this long to answer. */
  askMs: 2_000,
  /** Screen savers that did not answer are asked again after this long. */
  searchMs: 60_000,
  answerBytesMax: 65_536,
  /** Connections at the same time. The evaluator has its own, equal, limit. */
  connectionsMax: 256,
  /** An evaluator that is told to end has this long. */
  stopMs: 1_000,
  /** After an evaluator could not be started, connections are refused this long. */
  restartMs: 5_000,
  /** Windows of time in a schedule. */
  windowsMax: 64,
} as const
