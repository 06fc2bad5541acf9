/** What one session is to be told: its subscriptions, and what has come up about their jobs. */
import type { ServerSession } from '@manyhands/connection'
import type { CancelTimer } from '@manyhands/protocol'
import type { LooseEvent } from './loose-event.ts'
import type { Subscription } from './subscription.ts'

export interface Outlet {
  readonly session: ServerSession
  readonly subscriptions: Map<string, Subscription>
  readonly byJob: Map<number, Set<Subscription>>
  /** Jobs that may have something to tell. */
  due: Set<number>
  /** Jobs that have something to tell at `wakeAt`. */
  readonly asleep: Set<number>
  wakeAt: number
  readonly loose: LooseEvent[]
  dropped: number
  busy: boolean
  cancelTimer: CancelTimer | undefined
}

export function createOutlet(session: ServerSession): Outlet {
  return {
    session,
    subscriptions: new Map(),
    byJob: new Map(),
    due: new Set(),
    asleep: new Set(),
    wakeAt: Infinity,
    loose: [],
    dropped: 0,
    busy: false,
    cancelTimer: undefined,
  }
}
