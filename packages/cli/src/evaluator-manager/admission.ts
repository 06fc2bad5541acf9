/** Which connections are let in: those that come while the machine is idle, or within limits. */
import type { Clock } from '@manyhands/protocol'

import type { LoadReader } from './load.ts'

export interface AdmissionOptions {
  readonly maxLoad?: number
  /** Least time between two connections that are let in. */
  readonly rateMs?: number
  /** The limits hold only while the machine is busy, and then in the place of the monitors. */
  readonly onlyWhenBusy: boolean
}

export interface Admission {
  /** Why a connection that comes now is refused; undefined lets it in. */
  refuse(reasons: readonly string[]): Promise<string | undefined>
}

export function createAdmission(
  { maxLoad, onlyWhenBusy, rateMs }: AdmissionOptions,
  load: LoadReader,
  clock: Clock,
): Admission {
  let lastMs = Number.NEGATIVE_INFINITY

  async function overLimit(): Promise<string | undefined> {
    if (maxLoad !== undefined) {
      const now = await load.read()
      if (now > maxLoad) return `a load of ${now} is more than ${maxLoad}`
    }
    if (rateMs !== undefined && clock.monotonic() - lastMs < rateMs) {
      return `it comes less than ${rateMs / 1_000} s after the last`
    }
    return undefined
  }

  return {
    async refuse(reasons) {
      const busy = reasons.length > 0
      if (busy && !onlyWhenBusy) return reasons.join('; ')
      const reason = busy || !onlyWhenBusy ? await overLimit() : undefined
      if (reason === undefined) lastMs = clock.monotonic()
      return reason
    },
  }
}
