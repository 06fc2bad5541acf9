/**
 * How each slice of a batch ends: as a result, here or at a place of its own, as a failure that is
 * the slice's own doing, or given back because it is not.
 */
import type { DcpError, Logger, SliceFailure } from '@manyhands/protocol'
import type { BatchEnd, SliceResult } from '@manyhands/sandbox'

import { failureOf, loadFailure, resultTooBig, workRejected } from '../failure.ts'
import { limits } from '../limits.ts'
import { remoteFailure } from '../remote/remote-slices.ts'
import type { Remote } from '../remote/remote.ts'
import type { SliceCost } from '../results/outbox.ts'
import type { Relay } from '../results/relay.ts'
import type { HeldTask } from '../tasks/task.ts'

export interface EndingsDeps {
  readonly logger: Logger
  readonly relay: Pick<Relay, 'noProgress'>
  readonly remote: Pick<Remote, 'post'>
  /** Sandboxes of the crew. */
  readonly size: number
  readonly onResult: (task: HeldTask, slice: number, text: string, cost: SliceCost) => void
  readonly onFailure: (task: HeldTask, slice: number, error: SliceFailure, cost: SliceCost) => void
  readonly onReturn: (task: HeldTask, slices: readonly number[]) => void
  /** A result has arrived at its place, or could not. */
  readonly onPosted: () => void
}

export interface Endings {
  /** Results on their way to places of their own. */
  readonly posting: number
  /** What a sandbox told of a slice. */
  told(task: HeldTask, result: SliceResult): void
  fail(task: HeldTask, slice: number, error: SliceFailure): void
  giveBack(task: HeldTask, slices: readonly number[]): void
  /** Gives back everything that is in no sandbox. */
  giveBackPending(task: HeldTask): void
  /** The sandbox died; `untold` of its slices had not ended. */
  died(task: HeldTask, end: BatchEnd & { kind: 'died' }, untold: readonly number[]): void
  /** The work function rejected what it was given. */
  rejected(task: HeldTask, end: BatchEnd & { kind: 'rejected' }, untold: readonly number[]): void
  /** The work function cannot be loaded: that fails all slices of the job. */
  broken(task: HeldTask, slices: readonly number[], error: DcpError): void
}

/** These ends are the slice's own doing; any other death of a sandbox is nobody's fault. */
const blamed = new Set(['ENOPROGRESS', 'ESLICETOOSLOW', 'EMEMORY', 'EUNCAUGHT'])

const unmeasured: SliceCost = { cpuMs: 0 }

export function createEndings(deps: EndingsDeps): Endings {
  const { logger, onFailure, onPosted, onResult, onReturn, relay, remote, size } = deps
  let posting = 0

  /** The slice ends when its result is where it belongs: what the place answers is sent instead. */
  function post(
    task: HeldTask,
    result: SliceResult & { readonly value: string },
    location: URL,
  ): void {
    const { slice, value } = result
    posting += 1
    remote
      .post(location, { slice, value, params: task.job.resultParams }, task.group)
      .then(
        (answer) => {
          if (task.end(slice)) onResult(task, slice, answer, result)
        },
        (error: unknown) => {
          logger.info('a result could not be posted', { job: task.job.id, slice, error })
          if (task.end(slice)) onFailure(task, slice, remoteFailure(error), result)
        },
      )
      .finally(() => {
        posting -= 1
        onPosted()
      })
  }

  function fail(task: HeldTask, slice: number, error: SliceFailure): void {
    if (task.end(slice)) onFailure(task, slice, error, unmeasured)
  }

  function giveBack(task: HeldTask, slices: readonly number[]): void {
    const ended = slices.filter((slice) => task.end(slice))
    if (ended.length > 0) onReturn(task, ended)
  }

  function giveBackPending(task: HeldTask): void {
    const slices = task.endPending()
    if (slices.length > 0) onReturn(task, slices)
  }

  return {
    get posting() {
      return posting
    },
    told(task, result) {
      const location = 'error' in result ? undefined : task.resultLocation(result.slice)
      if (location !== undefined && 'value' in result) {
        if (task.isOpen(result.slice)) post(task, result, location)
        return
      }
      if (!task.end(result.slice)) return
      if ('error' in result) {
        onFailure(task, result.slice, failureOf(result.error), result)
      } else if (result.value.length > limits.resultTextMax) {
        onFailure(task, result.slice, resultTooBig(result.value.length), result)
      } else onResult(task, result.slice, result.value, result)
    },
    fail,
    giveBack,
    giveBackPending,
    died(task, { error, progress, slice }, untold) {
      if (slice !== undefined && untold.includes(slice)) {
        task.startFailures = 0
        const failure = failureOf(error)
        if (error.code === 'ENOPROGRESS') relay.noProgress(task, slice, failure, progress)
        if (blamed.has(error.code ?? '')) fail(task, slice, failure)
        else giveBack(task, [slice])
      } else task.startFailures++
      task.putBack(untold.filter((one) => one !== slice))
      if (task.startFailures > size + limits.startTriesMax) giveBackPending(task)
    },
    rejected(task, { reason, retries, slice }, untold) {
      const { job } = task
      job.rejections++
      task.putBack(untold)
      if (job.rejections <= Math.min(retries, limits.rejectRetriesMax)) return
      fail(task, slice, workRejected(reason))
      giveBackPending(task)
    },
    broken(task, slices, error) {
      const failure = loadFailure(error)
      for (const slice of slices) fail(task, slice, failure)
      for (const slice of task.endPending()) onFailure(task, slice, failure, unmeasured)
    },
  }
}
