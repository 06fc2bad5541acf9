/**
 * Tells the scheduler which leases are still being worked on, and hears which are no longer ours.
 * After the session was lost it tells so too when there are none: an answer that was lost with it
 * may have held leases that nobody works on.
 */
import type { CancelTimer, Clock, HeartbeatReply, Logger } from '@manyhands/protocol'

import { limits } from './limits.ts'

export interface HeartbeatDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly leases: () => readonly string[]
  readonly send: (leases: readonly string[]) => Promise<HeartbeatReply>
  readonly onVoid: (leases: readonly string[]) => void
}

export interface Heartbeat {
  /** A session has begun: what came before it may be lost. */
  renewed(): void
  stop(): void
}

export function startHeartbeat(deps: HeartbeatDeps): Heartbeat {
  const { clock, logger } = deps
  let stopped = false
  let cancelTimer: CancelTimer = () => {}
  /** Beats that are due however few the leases. */
  let owed = 0

  async function beat(): Promise<void> {
    const leases = deps.leases()
    if (leases.length === 0 && owed === 0) return
    owed = Math.max(0, owed - 1)
    try {
      const reply = await deps.send(leases)
      if (!stopped && reply.void.length > 0) deps.onVoid(reply.void)
    } catch (error) {
      logger.debug('heartbeat failed', { error })
    }
  }

  function schedule(): void {
    if (stopped) return
    cancelTimer()
    const waitMs = owed > 0 ? limits.inventoryMs : limits.heartbeatMs
    cancelTimer = clock.setTimer(waitMs, () => void beat().finally(schedule), { background: true })
  }

  schedule()
  return {
    renewed() {
      // One now, and one when the scheduler holds nothing for being on its way any more.
      owed = 2
      void beat().finally(schedule)
    },
    stop() {
      stopped = true
      cancelTimer()
    },
  }
}
