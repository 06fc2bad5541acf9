/** Limits of the line protocol. Those of what a sandbox may say hold however it was broken. */
export const lineLimits = {
  /** One line of a sandbox. Its own limit for a result is lower. */
  lineBytesMax: 134_217_728,
  /** How deep a message may be nested, and of how many arrays and objects it may be made. */
  depthMax: 4_096,
  containersMax: 4_000_000,
  /** Lines that wait for a worker that does not read. */
  waitingBytesMax: 1_048_576,
  /** Connections at the same time: each is a process. */
  sessionsMax: 256,
  /** With a token: how long a connection may take to show it. */
  tokenMs: 5_000,
  tokenLengthMax: 256,
  tokenLengthMin: 16,
  /** What is written last, such as why a session ended, has this long to leave. */
  lingerMs: 2_000,
  /** A sandbox between two slices is looked at so soon, then ever more rarely … */
  restLookMs: 2_000,
  restLookMaxMs: 32_000,
  /** … and may have used so much of processors between two looks: memory is tidied up, too. */
  restAllowanceMs: 500,
} as const
