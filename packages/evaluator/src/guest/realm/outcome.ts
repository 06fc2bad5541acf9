/** What became of one slice, whichever way its work function ends. */
import type { GuestError, RealmReport } from '../messages.ts'
import { cross } from './cross.ts'
import { describeError } from './describe-error.ts'
import type { GpuGate } from './gpu-gate.ts'
import type { ProgressMeter } from './progress.ts'

export interface CurrentSlice {
  readonly slice: number
  readonly startedAt: number
  readonly meter: ProgressMeter
  progressed: boolean
  /** Ends the slice from outside its promise. */
  fail: ((thrown: unknown) => void) | undefined
  failure: { readonly thrown: unknown } | undefined
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (typeof value !== 'object' && typeof value !== 'function') return false
  return value !== null && typeof (value as { then?: unknown }).then === 'function'
}

function uncaughtError(thrown: unknown): GuestError {
  return { ...describeError(thrown), code: 'EUNCAUGHT' }
}

/** The report of a slice, once all that it began has ended. */
export async function outcomeOf(
  slice: CurrentSlice,
  run: () => unknown,
  { gpu, now }: { readonly gpu: GpuGate | undefined; readonly now: () => number },
): Promise<RealmReport> {
  const elapsed = (): number => now() - slice.startedAt
  const failure = (error: GuestError): RealmReport => [
    'failure',
    slice.slice,
    elapsed(),
    slice.progressed,
    error,
  ]
  let value: unknown
  let thrown: { readonly reason: unknown } | undefined
  try {
    value = run()
    if (isThenable(value)) {
      const failed = new Promise<never>((_resolve, fail) => {
        slice.fail = fail
      })
      value = await Promise.race([value, failed])
    }
  } catch (reason) {
    thrown = { reason }
  }
  const { failure: uncaughtBefore } = slice
  // A slice ends when what it submitted is done: only its deadline can cut that short. It has
  // settled before, so what fails meanwhile is not its failure.
  const submitted = gpu?.shut()
  if (submitted !== undefined) await submitted
  if (uncaughtBefore !== undefined) return failure(uncaughtError(uncaughtBefore.thrown))
  if (thrown !== undefined) return failure(describeError(thrown.reason))
  try {
    return ['result', slice.slice, elapsed(), slice.progressed, cross(value)]
  } catch (reason) {
    return failure(describeError(reason))
  }
}
