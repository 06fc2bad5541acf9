/**
 * What a job is and which states it can take: rules without storage, clock or wire. The transitions
 * are a table; whatever it does not name is not possible.
 */
import type { JobState } from '@manyhands/protocol'

export type JobEvent =
  | 'estimate'
  | 'start'
  | 'measured'
  | 'pause'
  | 'resume'
  | 'complete'
  | 'cancel'
  | 'corrupt'

const jobTransitions: Readonly<Record<JobState, Partial<Record<JobEvent, JobState>>>> = {
  new: {
    estimate: 'estimation',
    start: 'running',
    complete: 'finished',
    cancel: 'cancelled',
    corrupt: 'corrupted',
  },
  estimation: {
    measured: 'running',
    pause: 'paused',
    complete: 'finished',
    cancel: 'cancelled',
    corrupt: 'corrupted',
  },
  running: { pause: 'paused', complete: 'finished', cancel: 'cancelled', corrupt: 'corrupted' },
  paused: { resume: 'running', complete: 'finished', cancel: 'cancelled', corrupt: 'corrupted' },
  finished: {},
  cancelled: {},
  corrupted: {},
}

/** The state after an event, or undefined when the event cannot happen to such a job. */
export function nextState(state: JobState, event: JobEvent): JobState | undefined {
  return jobTransitions[state][event]
}

/** False for the three final states. */
export function isLive(state: JobState): boolean {
  return Object.keys(jobTransitions[state]).length > 0
}

/** Slices may be given to workers. */
export function isRunnable(state: JobState): boolean {
  return state === 'estimation' || state === 'running'
}

export interface Startable {
  readonly inGroup: boolean
  readonly localExec: boolean
  readonly total: number
  /** null: the job is estimated for ever; 0: never. */
  readonly estimationSlices: number | null
}

/** What makes a new job meet workers: a compute group (or its own local worker) and a slice. */
export function startEvent(job: Startable): 'estimate' | 'start' | undefined {
  if (!(job.inGroup || job.localExec) || job.total === 0) return undefined
  return job.estimationSlices === 0 ? 'start' : 'estimate'
}

/** True when enough slices of a job in estimation came back to size its tasks. */
export function isMeasured(job: {
  readonly computed: number
  readonly total: number
  readonly closed: boolean
  readonly estimationSlices: number | null
}): boolean {
  if (job.estimationSlices === null) return false
  const wanted = job.closed ? Math.min(job.estimationSlices, job.total) : job.estimationSlices
  return job.computed >= wanted
}
