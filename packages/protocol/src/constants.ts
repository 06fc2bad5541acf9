/** Names and numbers that official programs have built in. They can be read, never changed. */

/** The group every deployer and every worker belongs to unless it says otherwise (operations §8.1). */
export const publicComputeGroup = {
  opaqueId: 'WHhetL7mj1w1mw1XV6dxyC',
  id: 1,
  name: 'Public Compute Group (open access)',
  joinKey: 'public',
  joinHash: '',
} as const

/** Bits of a job's requirements and of a worker's capabilities (operations §17.4). */
export const capability = {
  engineV8: 1,
  engineSpidermonkey: 2,
  engineBrowser: 4,
  offscreenCanvas: 8,
  fdlibm: 16,
  webgpu: 32,
  kvinV9: 64,
} as const

/** States of a job; the last three are final (operations §17.1). */
export const jobStates = [
  'new',
  'estimation',
  'running',
  'paused',
  'finished',
  'cancelled',
  'corrupted',
] as const

export type JobState = (typeof jobStates)[number]

/** Bits of a job's flags column (operations §17.3). */
export const jobFlags = {
  localExec: 1,
  open: 2,
  workerConsole: 4,
  greedyEstimation: 8,
  discrete: 16,
  useStrict: 32,
} as const

/** Bits of `fetchState` in a task request (worker §2.1). */
export const fetchStates = {
  normal: 1,
  inventory: 2,
  startup: 4,
  roundRobin: 8,
  returnAllSlices: 16,
} as const

/** What a result says that was deliberately not stored (operations §15.5). */
export const notStoredUri = 'https://dcp/dev/null'
