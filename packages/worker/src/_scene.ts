// A worker between a scheduler and sandboxes that the test plays, on a clock that the test moves.
import { seededRandom, silentLogger } from '@manyhands/protocol'
import type { ColumnTask, JobArtifacts } from '@manyhands/protocol'
import { createPureCrypto } from '@manyhands/wallet'
import { expect } from 'vitest'

import { createManualClock, settled } from './_manual-clock.ts'
import type { ManualClock } from './_manual-clock.ts'
import { createScriptedHost } from './_scripted-host.ts'
import type { Script, ScriptedHost } from './_scripted-host.ts'
import { artifactsOf, createScriptedScheduler, jobNamed } from './_scripted-scheduler.ts'
import type { ScriptedScheduler } from './_scripted-scheduler.ts'
import type { WorkerDeps, WorkerOptions } from './options.ts'
import { createWorker } from './worker.ts'
import type { Worker } from './worker.ts'

const location = new URL('http://127.0.0.1:4280/')
export const job = jobNamed('job')

export interface Scene {
  readonly worker: Worker
  readonly scheduler: ScriptedScheduler
  readonly host: ScriptedHost
  readonly clock: ManualClock
  /** Moves the clock until everything in hand has ended. */
  readonly finish: (condition: () => boolean) => Promise<void>
}

export async function scene(
  script: Script,
  options: Partial<WorkerOptions> = {},
  deps: Pick<WorkerDeps, 'fetchText'> = {},
): Promise<Scene> {
  const clock = createManualClock()
  const scheduler = createScriptedScheduler()
  const host = createScriptedHost(script)
  const worker = createWorker(
    { location, sandboxes: 2, ...options },
    {
      connect: scheduler.connect,
      host,
      clock,
      random: seededRandom('worker'),
      logger: silentLogger,
      crypto: createPureCrypto(),
      ...deps,
    },
  )
  await worker.start()
  await settled()
  async function finish(condition: () => boolean): Promise<void> {
    for (let turn = 0; turn < 500 && !condition(); turn++) await clock.advance(10)
    for (let turn = 0; turn < 60 && !condition(); turn++) await clock.advance(1_000)
    expect(condition()).toBe(true)
  }
  return { worker, scheduler, host, clock, finish }
}

/** Slices of the job, under a lease. */
export function rangeTask(
  lease: string,
  slices: string,
  more: Partial<ColumnTask> = {},
): ColumnTask {
  return { lease, job, slices, deadline: 60_000, kind: 'normal', ...more }
}

/** The job, whose input is a range. */
export const range: JobArtifacts = artifactsOf(job, {
  dataRange: { start: 1, end: 1_000_000, step: 1 },
})
export const double: Script = (input) => ({ value: JSON.stringify(Number(input) * 2) })
