/**
 * When a sandbox has to die: pure bookkeeping of what was heard and when, on the host's clock. A slice
 * lives as long as it calls `progress` often enough and does not take too long as a whole.
 */
import { silentMs, type SandboxLimits } from '../limits.ts'
import type { SliceError, SliceProgress } from '../sandbox.ts'

export interface Verdict {
  readonly slice: number
  readonly error: SliceError
}

export interface KillPolicy {
  /** A slice began, `agoMs` before `at`. */
  began(slice: number, at: number, agoMs: number): void
  /** `fraction` where the call told one. */
  progressed(slice: number, at: number, fraction?: number): void
  /** How far the slice in progress is. */
  progress(at: number): SliceProgress
  /** Anything at all came from the sandbox. */
  heard(at: number): void
  verdict(at: number): Verdict | undefined
  /** The earliest time at which there could be a verdict if nothing more is heard. */
  deadline(): number
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`
}

export function createKillPolicy(limits: SandboxLimits, slice: number, at: number): KillPolicy {
  let current = slice
  let beganAt = at
  let progressAt = at
  let heardAt = at
  let reports: Omit<SliceProgress, 'ranMs'> = {}

  function error(code: string, message: string): Verdict {
    return { slice: current, error: { name: 'Error', code, message } }
  }

  return {
    began(next, now, agoMs) {
      if (next === current) return
      // A guest may not date a slice back before the last sign of the one before it.
      beganAt = Math.max(now - agoMs, Math.min(heardAt, now))
      progressAt = beganAt
      current = next
      reports = {}
    },
    progressed(told, now, fraction) {
      if (told !== current) return
      progressAt = now
      const last = { timestamp: Math.round(now - beganAt) }
      const update = fraction === undefined ? undefined : { ...last, progress: fraction }
      reports = update === undefined ? { ...reports, last } : { last: update, lastUpdate: update }
    },
    progress: (now) => ({ ranMs: Math.round(now - beganAt), ...reports }),
    heard(now) {
      heardAt = now
    },
    verdict(now) {
      if (now - beganAt >= limits.sliceMs) {
        return error(
          'ESLICETOOSLOW',
          `the slice ran for ${seconds(limits.sliceMs)}, longer than a slice may run`,
        )
      }
      if (now - progressAt >= limits.noProgressMs) {
        return error(
          'ENOPROGRESS',
          `the slice made no call of progress() for ${seconds(limits.noProgressMs)}`,
        )
      }
      if (now - heardAt >= silentMs) {
        return error('ESANDBOX', `the sandbox gave no sign of life for ${seconds(silentMs)}`)
      }
      return undefined
    },
    deadline: () =>
      Math.min(beganAt + limits.sliceMs, progressAt + limits.noProgressMs, heardAt + silentMs),
  }
}
