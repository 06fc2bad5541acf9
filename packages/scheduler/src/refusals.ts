/**
 * What peers were refused, by kind: counted for those who watch a computer, and logged with the
 * address. A peer that goes on cannot fill the log: its kind is logged at 1, 2, 4, 8 … refusals.
 */
import type { Address, Logger } from '@manyhands/protocol'
import type { Metrics } from '@manyhands/service'

/**
 * secret: a compute group's secret is another; token: an authorization is not ours, too old or
 * another's; lease: slices that the worker does not hold; repeated: slices that have a result;
 * size: a value over its limit; event: something to tell of a slice that the worker does not hold.
 */
export type RefusalKind = 'secret' | 'token' | 'lease' | 'repeated' | 'size' | 'event'

export interface Refusals {
  note(kind: RefusalKind, peer: Address, amount?: number): void
}

export interface RefusalsDeps {
  readonly metrics: Metrics
  readonly logger: Logger
}

export function createRefusals({ metrics, logger }: RefusalsDeps): Refusals {
  const counter = metrics.counter('manyhands_refusals_total', 'what peers were refused, by kind')
  const times = new Map<RefusalKind, number>()
  return {
    note(kind, peer, amount = 1) {
      counter.add(amount, { kind })
      const count = (times.get(kind) ?? 0) + 1
      times.set(kind, count)
      // A late result is what a slow or a restarted worker sends: no reason to look.
      if (kind !== 'repeated' && Number.isInteger(Math.log2(count))) {
        logger.warn('a peer was refused', { kind, peer, times: count })
      }
    },
  }
}
