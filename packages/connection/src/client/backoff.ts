/** How long to wait before the next attempt to connect (wire-protocol §12.1). */
import type { Random } from '@manyhands/protocol'

import { times } from '../limits.ts'

/**
 * Delay before attempt `k`, counted from 0: 0, 0.5, 1.5, 3.5 … s, at most 30 s, and always short
 * enough for a second attempt within `timeoutMs`. A quarter of it is random, so that the clients of
 * a server that restarts do not all come back at once.
 */
export function backoffMs(k: number, timeoutMs: number, random: Random): number {
  const most = Math.max(0, Math.min(times.backoffMax, timeoutMs / 2 - 1000))
  const delay = Math.min(most, times.backoffStep * (2 ** Math.min(k, 30) - 1))
  return delay * (0.75 + random.float() / 4)
}
