/** Capability announcements: what each side of a transport says about itself first (wire-protocol §4.5). */
import { DcpError } from '@manyhands/protocol'

import { limits } from '../limits.ts'

export interface Announcement {
  readonly canOoo: boolean
  readonly canAck: boolean
  readonly wantsConcat: boolean
  readonly wantsAck: boolean
  readonly rxMaxFragmentSize: number
  readonly rxMaxFragmentCount: number
}

/** What holds for a peer that has not announced anything yet. */
export const assumedAnnouncement: Announcement = {
  canOoo: false,
  canAck: false,
  wantsConcat: true,
  wantsAck: false,
  rxMaxFragmentSize: 1_000_000,
  rxMaxFragmentCount: 100,
}

/** Ping interval of the official server, which a client must honour. */
export const pingIntervalMs = 10_100

export const ownAnnouncement: string = `E0000P${JSON.stringify({
  canOoo: true,
  canAck: true,
  wantsConcat: true,
  wantsAck: false,
  rxMaxFragmentSize: limits.fragmentLength,
  // Who has more to send says so to its own program, rather than being cut off in the middle.
  rxMaxFragmentCount: Math.ceil(limits.messageLength / limits.fragmentLength),
  pingInterval: pingIntervalMs,
  hasAnnounced: true,
})}`

/** Merges the text of an announcement into what was known of the peer. Throws DCPC-1108. */
export function parseAnnouncement(text: string, known: Announcement): Announcement {
  if (text.length > limits.frameHeaderLength) {
    throw new DcpError('DCPC-1108', `an announcement has at most ${limits.frameHeaderLength} units`)
  }
  let said: unknown
  try {
    said = JSON.parse(text)
  } catch (cause) {
    throw new DcpError('DCPC-1108', 'the capability announcement is not JSON', { cause })
  }
  if (typeof said !== 'object' || said === null) {
    throw new DcpError('DCPC-1108', 'the capability announcement is not an object')
  }
  const members = said as Readonly<Record<string, unknown>>
  const flag = (name: 'canOoo' | 'canAck' | 'wantsConcat' | 'wantsAck'): boolean => {
    const value = members[name]
    return typeof value === 'boolean' ? value : known[name]
  }
  const count = (name: 'rxMaxFragmentSize' | 'rxMaxFragmentCount', least: number): number => {
    const value = members[name]
    return Number.isSafeInteger(value) ? Math.max(least, Number(value)) : known[name]
  }
  return {
    canOoo: flag('canOoo'),
    canAck: flag('canAck'),
    wantsConcat: flag('wantsConcat'),
    wantsAck: flag('wantsAck'),
    rxMaxFragmentSize: count('rxMaxFragmentSize', limits.fragmentLengthMin),
    rxMaxFragmentCount: count('rxMaxFragmentCount', 0),
  }
}
