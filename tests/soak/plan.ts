/** What happens in a soak, and when: everything follows from the seed. */
import { seededRandom } from '@manyhands/protocol'

/** What is killed; which one of its kind is drawn when the time comes. */
export const targets = [
  'scheduler',
  'worker',
  'official worker',
  'evaluator',
  'line evaluator',
] as const

export type Target = (typeof targets)[number]

export const jobKinds = ['range', 'steps', 'values', 'texts', 'typed'] as const

export interface PlannedJob {
  /** After the start of its client. */
  readonly atMs: number
  readonly kind: (typeof jobKinds)[number]
  readonly slices: number
  /** What each slice waits for, besides what it computes. */
  readonly restMs: number
  readonly factor: number
}

export interface Disturbance {
  readonly atMs: number
  /** Undefined: a connection is cut. */
  readonly kill?: { readonly target: Target; readonly which: number; readonly absenceMs: number }
  /** Which of the connections, as a share of them. */
  readonly place: number
}

export interface Plan {
  /** By client. */
  readonly jobs: readonly (readonly PlannedJob[])[]
  /** In the order of time. */
  readonly disturbances: readonly Disturbance[]
}

export interface Scale {
  readonly durationMs: number
  readonly clients: number
  readonly jobsPerClient: number
  readonly slices: number
  readonly kills: number
  readonly cuts: number
  /** What must really have happened of it. */
  readonly killsMin: number
  readonly cutsMin: number
  /** What is killed, in turn. */
  readonly victims: readonly Target[]
  /** Of each of the two official workers. */
  readonly officialWorkersEach: number
  readonly workers: number
}

/** The scheduler more often than the others: what it forgets, everybody notices. */
const all: readonly Target[] = ['scheduler', ...targets]

export const fullScale: Scale = {
  durationMs: 600_000,
  clients: 10,
  jobsPerClient: 5,
  slices: 60,
  // More than there must be: some come when their part is just away.
  kills: 24,
  cuts: 80,
  killsMin: 20,
  cutsMin: 50,
  victims: all,
  officialWorkersEach: 3,
  workers: 6,
}

/**
 * The scheduler is left alone: an official client gives up a request that is on its way when its
 * scheduler dies, and in one minute there is a deployment on its way at nearly every moment.
 */
export const shortScale: Scale = {
  durationMs: 60_000,
  clients: 3,
  jobsPerClient: 2,
  slices: 30,
  kills: 5,
  cuts: 8,
  killsMin: 3,
  cutsMin: 4,
  victims: targets.filter((target) => target !== 'scheduler'),
  officialWorkersEach: 1,
  workers: 2,
}

export function planOf(seed: number, scale: Scale): Plan {
  const random = seededRandom(`soak/${seed}`)
  const between = (least: number, most: number): number =>
    Math.floor(least + random.float() * (most - least))
  const { durationMs } = scale

  function planJobs(client: number): PlannedJob[] {
    return Array.from({ length: scale.jobsPerClient }, (_, at) => ({
      // Spread over the time, so that something of each runs at every moment.
      atMs: between(
        0.9 * durationMs * (at / scale.jobsPerClient),
        (0.9 * durationMs * (at + 1)) / scale.jobsPerClient,
      ),
      kind: jobKinds[(at + client) % jobKinds.length] ?? 'range',
      slices: between(scale.slices / 2, scale.slices * 1.5),
      restMs: between(50, 800),
      factor: between(2, 9),
    }))
  }

  // Everybody is up and the first jobs run before anything breaks; at the end all is left in peace.
  const when = (): number => between(0.05 * durationMs, 0.95 * durationMs)
  const kills = Array.from({ length: scale.kills }, (_, at): Disturbance => ({
    atMs: when(),
    place: 0,
    kill: {
      target: scale.victims[at % scale.victims.length] ?? 'worker',
      which: between(0, 1000),
      absenceMs: between(0, 2000),
    },
  }))
  const cuts = Array.from({ length: scale.cuts }, (): Disturbance => ({
    atMs: when(),
    place: random.float(),
  }))
  return {
    jobs: Array.from({ length: scale.clients }, (_, client) => planJobs(client)),
    disturbances: [...kills, ...cuts].toSorted((a, b) => a.atMs - b.atMs),
  }
}
