/**
 * A peer that resumes a session which does not exist (wire-protocol §12.3). It is told to close the
 * session, in the session's own name; merely dropping it would make it come back for two hours.
 */
import { type CancelTimer, type Clock, isDcpError, type Random } from '@manyhands/protocol'

import { times } from '../limits.ts'
import { parseBody } from '../session/bodies.ts'
import { openBody } from '../session/body-text.ts'
import { plainRequest } from '../session/plain-request.ts'

export interface Stray {
  receive(body: unknown): void
  close(): void
}

export interface StrayOptions {
  readonly dcpsid: string
  readonly clock: Clock
  readonly random: Random
  readonly nextId: () => string
  readonly closeTimeoutMs: number
  readonly seal: (bodyText: string) => void
  /** Everything was said: the transport may go. */
  readonly done: () => void
}

export function createStray(options: StrayOptions): Stray {
  const { dcpsid, clock, random, nextId } = options
  let nonce: string | undefined
  let said = false
  // A peer that sends no Ack cannot be answered at all.
  let cancel: CancelTimer = clock.setTimer(times.firstMessage, () => options.done(), {
    background: true,
  })

  function sayClose(permission: string): void {
    const now = (): number => clock.now() / 1000
    const { head } = plainRequest('close', 'EPIPE', { random, now, nextId })
    const open = openBody(head, dcpsid, now())
    const token = `ATt0-${random.token(21)}`
    said = true
    cancel()
    options.seal(`${open},"ackToken":"${token}","nonce":${JSON.stringify(permission)}}`)
    cancel = clock.setTimer(options.closeTimeoutMs, () => options.done(), { background: true })
  }

  return {
    receive(body) {
      let parsed
      try {
        parsed = parseBody(body)
      } catch (error) {
        if (!isDcpError(error)) throw error
        return options.done()
      }
      if (parsed.type !== 'ack') return
      if (said) return options.done()
      if (nonce !== undefined) return
      nonce = parsed.nonce
      const usable = nonce
      // The wait keeps a peer that comes back at once from turning this into a busy loop.
      cancel()
      cancel = clock.setTimer(times.noSessionCloseDelay, () => sayClose(usable), {
        background: true,
      })
    },
    close() {
      cancel()
    },
  }
}
