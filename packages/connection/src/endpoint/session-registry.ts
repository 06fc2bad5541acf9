/** Which sessions there are: by id, by the half of the id that the peer chose, and how many per peer. */
import { type Address, type CancelTimer, DcpError } from '@manyhands/protocol'

import type { ServerSession } from '../endpoint.ts'
import type { Session } from '../session/session.ts'
import type { Transport } from './transport.ts'

/** A session and what the endpoint knows about it. */
export interface Held {
  readonly core: Session
  readonly session: ServerSession
  readonly dcpsid: string
  readonly peer: Address
  /** The peer's half of the session id. */
  readonly sid: string
  transport?: Transport | undefined
  cancelLinger?: CancelTimer | undefined
}

export interface SessionRegistry {
  readonly size: number
  readonly sessions: ReadonlyMap<string, ServerSession>
  get(dcpsid: string): Held | undefined
  /** The session that this peer's `connect` request made. */
  madeBy(peer: Address, sid: string): Held | undefined
  /** Throws EBUSY when the peer, or everybody together, has as many sessions as allowed. */
  checkRoom(peer: Address): void
  add(held: Held): void
  remove(held: Held): void
  all(): Iterable<Held>
}

export interface RegistryLimits {
  readonly sessionsPerPeerMax: number
  readonly sessionsMax: number
}

export function createSessionRegistry(limits: RegistryLimits): SessionRegistry {
  const byId = new Map<string, Held>()
  const sessions = new Map<string, ServerSession>()
  const bySid = new Map<string, Held>()
  const perPeer = new Map<Address, number>()

  function keyOf(peer: Address, sid: string): string {
    return `${peer} ${sid}`
  }

  return {
    get size() {
      return byId.size
    },
    sessions,
    get: (dcpsid) => byId.get(dcpsid),
    madeBy: (peer, sid) => bySid.get(keyOf(peer, sid)),
    checkRoom(peer) {
      const full = byId.size >= limits.sessionsMax
      if (!full && (perPeer.get(peer) ?? 0) < limits.sessionsPerPeerMax) return
      throw new DcpError('EBUSY', 'too many sessions', {
        details: { limit: full ? limits.sessionsMax : limits.sessionsPerPeerMax },
      })
    },
    add(held) {
      const { dcpsid, peer, sid, session } = held
      byId.set(dcpsid, held)
      sessions.set(dcpsid, session)
      bySid.set(keyOf(peer, sid), held)
      perPeer.set(peer, (perPeer.get(peer) ?? 0) + 1)
    },
    remove({ dcpsid, peer, sid }) {
      if (!byId.delete(dcpsid)) return
      sessions.delete(dcpsid)
      bySid.delete(keyOf(peer, sid))
      const left = (perPeer.get(peer) ?? 1) - 1
      if (left === 0) perPeer.delete(peer)
      else perPeer.set(peer, left)
    },
    all: () => byId.values(),
  }
}
