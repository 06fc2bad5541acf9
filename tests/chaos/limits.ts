/** How long the parts may take. Generous: a slow machine is no defect, a part that hangs is one. */
export const limits = {
  /** From the start of a process to its first sign of life. */
  startMs: 30_000,
  /** From the deployment to the end of the job, with whatever happens in between. */
  jobMs: 90_000,
  /** From SIGTERM to the end of a process; past it the process is killed. */
  stopMs: 15_000,
  /** How long descendants of the parts may outlive them. */
  leftoverMs: 5_000,
  /** A kill comes within this time after a result … */
  killDelayMs: 60,
  /** … or after the deployment began, when it comes before the first result. */
  deployDelayMs: 400,
  /** A killed part stays away for less than this. */
  absenceMs: 600,
  /** What is kept of a part's standard error, to show when its run fails. */
  diagnosticLength: 4_000,
} as const
