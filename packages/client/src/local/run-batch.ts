/** Runs one batch in a sandbox and sees to it that every slice of it is told of once. */
import { parsePrepared } from '@manyhands/protocol'
import type {
  BatchEnd,
  Sandbox,
  SliceError,
  SliceObserver,
  SliceProgress,
} from '@manyhands/sandbox'

import type { RunListener } from '../job/run.ts'
import type { FedSlice } from './slice-feed.ts'

export interface BatchHandlers {
  readonly listener: Pick<RunListener, 'event'>
  /** Aborted: the sandbox was killed because the job is over. */
  readonly signal: AbortSignal
  readonly finished: (slice: number, value: string, cpuMs: number) => void
  readonly failed: (fed: FedSlice, error: SliceError) => void
  /** They did not run. */
  readonly returned: (slices: readonly FedSlice[]) => void
}

function observer(
  left: Map<number, FedSlice>,
  { listener, finished, failed }: BatchHandlers,
): SliceObserver {
  return {
    results(results) {
      for (const result of results) {
        const fed = left.get(result.slice)
        if (fed === undefined) continue
        left.delete(result.slice)
        if ('value' in result) finished(result.slice, result.value, result.cpuMs)
        else failed(fed, result.error)
      }
    },
    progress: () => undefined,
    console(slice, level, message, same) {
      const texts = message?.map((text) => parsePrepared(text))
      listener.event('console', { sliceNumber: slice, level, message: texts, same })
    },
    emit(slice, customEvent, data) {
      listener.event('custom', { sliceNumber: slice, customEvent, data: parsePrepared(data) })
    },
  }
}

/** Resolves with whether the sandbox can be used again. */
export async function runBatch(
  sandbox: Sandbox,
  slices: readonly FedSlice[],
  handlers: BatchHandlers,
): Promise<boolean> {
  const left = new Map(slices.map((fed) => [fed.slice, fed]))
  let broken: unknown
  // An error of this side must not be thrown into the sandbox's own code.
  let progress: SliceProgress | undefined
  const failed: BatchHandlers['failed'] = (fed, error) => {
    try {
      if (error.code === 'ENOPROGRESS') {
        const { ranMs: timestamp, ...progressReports } = progress ?? { ranMs: undefined }
        const told = { sliceNumber: fed.slice, ...error, timestamp, progressReports }
        handlers.listener.event('noprogress', told)
      }
      handlers.failed(fed, error)
    } catch (cause) {
      broken ??= cause
    }
  }
  const batch = { slices: slices.map(({ slice }) => slice), values: slices.map(({ text }) => text) }
  const end = await sandbox.run(batch, observer(left, { ...handlers, failed }))
  if (end.kind === 'died') progress = end.progress
  const error = endError(end)
  const fed = end.kind === 'done' ? undefined : left.get(end.slice ?? slices[0]?.slice ?? 0)
  if (error !== undefined && fed !== undefined && !handlers.signal.aborted) {
    left.delete(fed.slice)
    failed(fed, error)
  }
  handlers.returned([...left.values()])
  if (broken !== undefined) throw broken
  return end.kind === 'done'
}

/** Why the slice in progress did not end, if the sandbox did not survive it. */
function endError(end: BatchEnd): SliceError | undefined {
  if (end.kind === 'died') return end.error
  if (end.kind === 'rejected') return { name: 'Error', code: 'EWORKREJECT', message: end.reason }
  return undefined
}
