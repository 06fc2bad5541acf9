/**
 * Remembers the sample job across starts, so that one that was interrupted is taken up where it was
 * instead of being computed twice.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

import type { Compute } from '@manyhands/client'

export interface KeptJob {
  /** Like `compute.for`, but gives the former job when it can still be taken up. */
  readonly for: Compute['for']
  /** True when a former job is taken up. */
  readonly resumed: boolean
  /** The answer is there: the next start begins anew. */
  forget(): void
}

const goneStates = new Set(['cancelled', 'corrupted'])

function readId(file: string, version: string): string | undefined {
  try {
    const kept = JSON.parse(readFileSync(file, 'utf8')) as { job?: unknown; version?: unknown }
    // Another version may ask another question.
    return typeof kept.job === 'string' && kept.version === version ? kept.job : undefined
  } catch {
    // None kept, or a file that was only half written: the job is deployed anew.
    return undefined
  }
}

async function isAlive(compute: Compute, job: string): Promise<boolean> {
  try {
    return !goneStates.has((await compute.status(job)).runStatus)
  } catch {
    // The scheduler does not know it (any more).
    return false
  }
}

export async function keepJob(compute: Compute, file: string, version: string): Promise<KeptJob> {
  const former = readId(file, version)
  const resumable = former !== undefined && (await isAlive(compute, former)) ? former : undefined

  function deploy(...given: Parameters<Compute['for']>): unknown {
    if (resumable !== undefined) return compute.resume(resumable)
    const job = compute.for(...given)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, `${JSON.stringify({ job: job.id, version })}\n`)
    return job
  }

  return {
    for: deploy as Compute['for'],
    resumed: resumable !== undefined,
    forget: () => rmSync(file, { force: true }),
  }
}
