/** Measures one slice of a job in a local sandbox. */
import { DcpError, prepareText } from '@manyhands/protocol'
import type { SliceResult } from '@manyhands/sandbox'

import type { SliceProfile } from '../compute/market.ts'
import type { ClientContext } from '../context.ts'
import type { JobDefinition } from '../job/definition.ts'
import { assignmentOf, openHost } from './local-run.ts'
import { createSliceFeed } from './slice-feed.ts'

const msPerHour = 3_600_000

async function sampleText(
  context: ClientContext,
  definition: JobDefinition,
  datum: unknown,
): Promise<string> {
  if (datum !== undefined) return prepareText(datum)
  const [first] = (await createSliceFeed(definition.input, context.clock, false).take(1)) ?? []
  if (first !== undefined) return first.text
  throw new DcpError('EBADARG', 'an empty input set has nothing to estimate', {
    details: { field: 'inputSet' },
  })
}

/** Rejects with ESANDBOX or the work function's error when the slice fails. */
export async function estimateSlice(
  context: ClientContext,
  definition: JobDefinition,
  datum: unknown,
): Promise<SliceProfile> {
  const text = await sampleText(context, definition, datum)
  const host = await openHost(context, 1)
  let result: SliceResult | undefined
  try {
    const sandbox = await host.create()
    await sandbox.assign(assignmentOf(context, definition))
    await sandbox.run(
      { slices: [1], values: [text] },
      {
        results: ([first]) => {
          result ??= first
        },
        progress: () => undefined,
        console: () => undefined,
        emit: () => undefined,
      },
    )
    await sandbox.kill()
  } finally {
    await host.close()
  }
  if (result === undefined) throw new DcpError('ESANDBOX', 'the sandbox died on the sample')
  if ('error' in result) {
    throw new DcpError('EUNCAUGHT', `the sample failed: ${result.error.message}`, {
      details: { error: result.error },
    })
  }
  return {
    cpuHours: result.cpuMs / msPerHour,
    gpuHours: (result.gpuMs ?? 0) / msPerHour,
    inputBytes: text.length,
    outputBytes: result.value.length,
  }
}
