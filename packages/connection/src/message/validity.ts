/** Whether a request is of our time and has not been made before (wire-protocol §9.2). */
import { type Address, type Clock, DcpError } from '@manyhands/protocol'

import { limits, times } from '../limits.ts'
import { isObject } from '../session/bodies.ts'

interface Validity {
  readonly stamp: string
  /** When the request was queued, milliseconds since 1970. */
  readonly timeMs: number
  /** The same peer has used this stamp before. */
  readonly repeated: boolean
}

export interface StampMemory {
  readonly size: number
  /**
   * Checks a request's `validity` and remembers its stamp.
   * Throws EINVAL, ETIMETRAVEL or EEXPIRED; a repeated stamp is for the caller to judge.
   */
  check(peer: Address, validity: unknown): Validity
}

export interface StampMemoryOptions {
  readonly clock: Clock
  readonly stampsMax?: number
}

export function createStampMemory({ clock, ...options }: StampMemoryOptions): StampMemory {
  const stampsMax = options.stampsMax ?? limits.stamps
  /** Peer and stamp → when it may be forgotten; roughly in the order of forgetting. */
  const expiries = new Map<string, number>()

  /**
   * Sheds what expired, and the oldest when there are too many. A message of another session or
   * nonce is refused before it gets here, so that a stamp shed early helps nobody but its own sender.
   */
  function shed(now: number): void {
    for (const [key, expiry] of expiries) {
      if (expiry >= now && expiries.size < stampsMax) return
      expiries.delete(key)
    }
  }

  return {
    get size() {
      return expiries.size
    },
    check(peer, validity) {
      const { stamp, ttl, time } = isObject(validity) ? validity : {}
      if (typeof stamp !== 'string' || stamp === '' || stamp.length > limits.tokenLength) {
        throw new DcpError(
          'EINVAL',
          `"validity.stamp" must be a string of 1 to ${limits.tokenLength} characters`,
        )
      }
      if (typeof time !== 'number' || !Number.isFinite(time)) {
        throw new DcpError('EINVAL', '"validity.time" must be a number of seconds')
      }
      const now = clock.now()
      const timeMs = time * 1000
      if (timeMs > now + times.validitySlop) {
        throw new DcpError(
          'ETIMETRAVEL',
          'the request was sent from the future: check the clocks',
          {
            details: { info: { timestamp: time, offset: (now - timeMs) / 1000 } },
          },
        )
      }
      const ttlMs = typeof ttl === 'number' && ttl > 0 ? ttl * 1000 : times.ttlDefault
      const life = Math.min(Math.max(ttlMs, times.ttlMin), times.ttlMax)
      if (timeMs + life < now - times.validitySlop) {
        throw new DcpError('EEXPIRED', 'the request is older than its validity allows', {
          details: { info: { timestamp: time, offset: (now - timeMs) / 1000 } },
        })
      }
      shed(now)
      const key = `${peer} ${stamp}`
      const repeated = (expiries.get(key) ?? -Infinity) >= now
      // Setting it anew must also move it to the end.
      expiries.delete(key)
      expiries.set(key, timeMs + life + times.validitySlop)
      return { stamp, timeMs, repeated }
    },
  }
}
