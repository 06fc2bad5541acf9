/** What a bearer hears: kept until somebody receives it, and from then on handed over as it comes. */
import type { BearerHandlers } from './bearer.ts'

export interface Inbox extends BearerHandlers {
  /** Called once; what arrived before is delivered after this call has returned. */
  receive(handlers: BearerHandlers): void
}

export function createInbox(): Inbox {
  let handlers: BearerHandlers | undefined
  let early: string[] = []
  let closedFor: string | undefined
  return {
    message(text) {
      if (handlers === undefined) early.push(text)
      else handlers.message(text)
    },
    closed(reason) {
      closedFor = reason
      handlers?.closed(reason)
    },
    receive(given) {
      queueMicrotask(() => {
        handlers = given
        const texts = early
        early = []
        for (const text of texts) given.message(text)
        if (closedFor !== undefined) given.closed(closedFor)
      })
    },
  }
}
