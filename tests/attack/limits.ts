/** Numbers of the suite. */
export const attackLimits = {
  /** Sandboxes of the suite are small, so that filling one is quick and harms nobody. */
  heapMib: 64,
  memoryMib: 320,
  /** They have little to tidy up while they rest, also where a busy machine gives others the time. */
  idleMs: 50,
  /** What a slice without progress is given where this is not what is attacked. */
  usualMs: 20_000,
  /** The same where it is, and how long after its deadline a sandbox may still be there. */
  deadlineMs: 700,
  goneMs: 1_000,
  /** A run that ends neither way. */
  runMs: 40_000,
  /** How long a sandbox may take to load an attack; an interpreter of Python takes seconds of computing. */
  loadMs: 120_000,
  /** The outer cap around runs with layers left out. */
  outerMemoryMib: 8_192,
  outerProcesses: 600,
  outerFileMib: 512,
  /** What bubblewrap around a sandbox takes, and pages that are counted for each who shares them. */
  beyondCapMib: 64,
  memorySampleMs: 20,
  /** How long a sandbox rests that shall be found computing: four looks at it, and a little. */
  restMs: 9_500,
  hostsAtOnce: 2,
  soakShort: 20,
  soakUsual: 200,
} as const
