/** Deploys the sample job through the public client and shows how it goes. */
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'

import { connect } from '@manyhands/client/node'
import type { Computer } from '@manyhands/computer'
import type { Logger } from '@manyhands/protocol'

import { keepJob } from './kept-job.ts'
import { readVersion } from '../program.ts'
import { createProgress } from './progress.ts'
import type { Screen } from './progress.ts'
import { findSample } from './sample.ts'

export interface RunSampleOptions {
  readonly computer: Computer
  readonly data: string
  readonly screen: Screen
  readonly leaving: AbortSignal
  readonly logger: Logger
}

function left(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}

/** True when the answer was printed. */
export async function runSample(options: RunSampleOptions): Promise<boolean> {
  const { computer, screen, leaving } = options
  const sample = await findSample()
  if (sample === undefined) {
    screen.write('There is no sample job beside this installation.\n')
    return true
  }
  screen.write('Sample job: which few measurements best tell two diagnoses apart?\n')
  const session = await connect({
    scheduler: computer.url,
    identity: computer.keystores.id,
    paymentAccount: computer.keystores.default,
    logger: options.logger,
  })
  const outDirectory = join(options.data, 'sample')
  const kept = await keepJob(session.compute, join(outDirectory, 'job.json'), readVersion())
  if (kept.resumed) screen.write('It was begun before and goes on where it was.\n')
  const progress = createProgress(screen, () => performance.now())
  try {
    const answer = await Promise.race([
      sample({
        compute: { for: kept.for },
        outDirectory,
        onProgress: (done, total) => progress.update(done, total),
      }),
      left(leaving),
    ])
    progress.finish()
    if (answer === undefined) {
      screen.write('The sample job is not finished; it goes on at the next start.\n')
      return false
    }
    kept.forget()
    screen.write(`\n${answer.table}\n\nPicture: ${answer.svgPath}\nTable:   ${answer.csvPath}\n\n`)
    return true
  } catch (error) {
    progress.finish()
    kept.forget()
    options.logger.error('the sample job failed', { error })
    const reason = error instanceof Error ? error.message : String(error)
    screen.write(`The sample job failed: ${reason}\n`)
    return false
  } finally {
    await session.close()
  }
}
