/** How long the parts of a soak may take. Generous: a slow machine is no defect, a part that hangs is one. */
export const limits = {
  /** From the start of a process to its first sign of life, with many others starting beside it. */
  startMs: 180_000,
  /** Parts that start at the same time. */
  startsAtOnce: 3,
  /** After the last disturbance, until every job has ended. */
  endMs: 300_000,
  /** From SIGTERM to the end of a part. */
  stopMs: 60_000,
  /** A killed part stays away for less than this. */
  absenceMs: 2_000,
  /** Between two looks for parts that have left by themselves. */
  lookMs: 1_000,
  /** How often a part that leaves by itself is started again. */
  revivalsMax: 20,
} as const
