/** Tells the scheduler which leases are still being worked on, and hears which are no longer ours. */
import type { CancelTimer, Clock, HeartbeatReply, Logger } from '@manyhands/protocol'

import { limits } from './limits.ts'

export interface HeartbeatDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly leases: () => readonly string[]
  readonly send: (leases: readonly string[]) => Promise<HeartbeatReply>
  readonly onVoid: (leases: readonly string[]) => void
}

/** Starts at once; the returned function ends it. */
export function startHeartbeat(deps: HeartbeatDeps): CancelTimer {
  const { clock, logger } = deps
  let stopped = false
  let cancelTimer: CancelTimer = () => {}

  async function beat(): Promise<void> {
    const leases = deps.leases()
    if (leases.length > 0) {
      try {
        const reply = await deps.send(leases)
        if (!stopped && reply.void.length > 0) deps.onVoid(reply.void)
      } catch (error) {
        logger.debug('heartbeat failed', { error })
      }
    }
    schedule()
  }

  function schedule(): void {
    if (stopped) return
    cancelTimer = clock.setTimer(limits.heartbeatMs, () => void beat(), { background: true })
  }

  schedule()
  return () => {
    stopped = true
    cancelTimer()
  }
}
