/**
 * A network inside one program: pairs of bearers that seal and frame like any other, and a hook that
 * decides the fate of every text, so that a simulation can lose, repeat, delay and reorder them.
 */
import { type Clock, DcpError } from '@manyhands/protocol'

import type { Bearer, OpenBearer } from './bearer.ts'
import { createInbox } from './inbox.ts'
import type { Inbox } from './inbox.ts'

export interface Traffic {
  readonly location: string
  readonly from: 'client' | 'server'
  /** Number of the link since the network was made. */
  readonly link: number
  readonly text: string
}

/** How one copy of a text travels. */
export interface Copy {
  /** 0 by default: at the end of the current turn. */
  readonly delayMs?: number
  /** True: it may overtake what was sent before it. */
  readonly reorder?: boolean
}

export interface MemoryNetworkOptions {
  readonly clock: Clock
  /**
   * What becomes of a text: no copy (it is lost), one or many; `cut` breaks the link instead.
   * A lost text without a broken link is what no real transport does, and stalls a session.
   */
  fate?(traffic: Traffic): readonly Copy[] | 'cut'
}

export interface MemoryLink {
  readonly location: string
  readonly number: number
  /** Breaks the link; what is on its way is lost. */
  readonly cut: () => void
}

export interface MemoryNetwork {
  /** Serves a location; the result stops that and cuts its links, as when a process dies. */
  listen(location: string, accept: (bearer: Bearer) => void): () => void
  /** Opens links to a location; `ETIMEDOUT` while nobody listens there. */
  connector(location: string): OpenBearer
  /** The links that are open. */
  links(): readonly MemoryLink[]
}

const once: readonly Copy[] = [{}]

export function createMemoryNetwork(options: MemoryNetworkOptions): MemoryNetwork {
  const { clock } = options
  const listeners = new Map<string, (bearer: Bearer) => void>()
  const open = new Set<MemoryLink>()
  let links = 0

  function connect(location: string, accept: (bearer: Bearer) => void): Bearer {
    links += 1
    const number = links
    let broken = false
    const client = createEnd('client')
    const server = createEnd('server')

    function createEnd(from: Traffic['from']): { bearer: Bearer; inbox: Inbox } {
      const inbox = createInbox()
      let lastArrival = 0

      function transfer(text: string): void {
        const copies = options.fate?.({ location, from, link: number, text }) ?? once
        if (copies === 'cut') return link.cut()
        const other = from === 'client' ? server : client
        for (const { delayMs = 0, reorder = false } of copies) {
          const wanted = clock.monotonic() + delayMs
          const arrival = reorder ? wanted : Math.max(wanted, lastArrival)
          if (!reorder) lastArrival = arrival
          const deliver = (): void => {
            if (!broken) other.inbox.message(text)
          }
          const wait = arrival - clock.monotonic()
          if (wait <= 0) queueMicrotask(deliver)
          else clock.setTimer(wait, deliver)
        }
      }

      return {
        bearer: {
          send(text) {
            if (!broken) transfer(text)
          },
          receive: inbox.receive,
          close: () => {
            // As with a socket that is closed in order, what was sent before arrives first.
            const wait = lastArrival - clock.monotonic()
            if (wait <= 0) breakLink('closed')
            else clock.setTimer(wait, () => breakLink('closed'))
          },
        },
        inbox,
      }
    }

    function breakLink(reason: string): void {
      if (!open.delete(link)) return
      queueMicrotask(() => {
        broken = true
        client.inbox.closed(reason)
        server.inbox.closed(reason)
      })
    }

    const link: MemoryLink = {
      location,
      number,
      cut() {
        broken = true
        breakLink('cut')
      },
    }
    open.add(link)
    accept(server.bearer)
    return client.bearer
  }

  return {
    listen(location, accept) {
      if (listeners.has(location)) throw new DcpError('EADDRINUSE', `${location} is taken`)
      listeners.set(location, accept)
      return () => {
        if (listeners.get(location) !== accept) return
        listeners.delete(location)
        for (const link of open) if (link.location === location) link.cut()
      }
    },
    connector: (location) => async (signal) => {
      signal.throwIfAborted()
      const accept = listeners.get(location)
      if (accept === undefined) {
        throw new DcpError('ETIMEDOUT', `nobody listens at ${location}`)
      }
      return await Promise.resolve(connect(location, accept))
    },
    links: () => [...open],
  }
}
