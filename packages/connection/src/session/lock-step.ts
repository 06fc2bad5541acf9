/**
 * One side of a session's lock-step (wire-protocol §7): in each direction at most one message is on
 * its way, and its Ack carries the permission, a nonce, for the next. Survives the loss of the
 * transport: what may have been lost is sent again as the same sealed text, so that everything is
 * received exactly once.
 */
import { DcpError, type Random, sealText, type Signer } from '@manyhands/protocol'

import { ackText } from './body-text.ts'
import type { Ack, Envelope } from './bodies.ts'

export interface LockStep {
  readonly dcpsid: string | undefined
  /** A message is on its way and not acknowledged. */
  readonly onDeck: boolean
  /** Outermost id of the last message sent. */
  readonly lastSentId: string | undefined
  /** Gives the session its id, once, on the side that learns it later. */
  adopt(dcpsid: string): void
  /** True when a message can leave now. */
  maySend(): boolean
  /** Signs and sends; `open` is a body without token, nonce and closing brace. */
  send(id: string, open: string): void
  /**
   * `delivered`: our message arrived. `repeated`: seen before.
   * Throws EINVAL when nobody asked for it, EDCPSID when it belongs to another session.
   */
  receiveAck(ack: Ack): 'delivered' | 'repeated'
  /**
   * Acknowledges the message. `repeated`: it was received before and must not be processed again.
   * Throws EDCPSID or DCPC-1026 without having acknowledged.
   */
  receive(envelope: Envelope): 'new' | 'repeated'
  /** A new transport: sends our last Ack again, from which the peer sees what got lost. */
  attach(transmit: (text: string) => void): void
  detach(): void
}

export interface LockStepOptions {
  readonly identity: Signer
  readonly random: Random
  /** `i` for the side that connects, `t` for the other; only for the reader of a capture. */
  readonly role: 'i' | 't'
  readonly dcpsid?: string
}

interface SentAck {
  readonly token: string
  readonly nonce: string
  readonly messageId: string
  readonly text: string
  readonly named: boolean
}

export function createLockStep({ identity, random, role, ...options }: LockStepOptions): LockStep {
  let dcpsid = options.dcpsid
  let transmit: ((text: string) => void) | undefined
  let tokens = 0
  /** Null is the permission for the very first message; undefined: it was used. */
  let receivedNonce: string | null | undefined = null
  let sentNonce: string | null = null
  let onDeck: { readonly text: string; readonly token: string; sentHere: boolean } | undefined
  let lastSentId: string | undefined
  let lastAckedToken: string | undefined
  let lastReceived: { readonly id: string; readonly ackToken: string } | undefined
  let lastAck: SentAck | undefined

  function mint(kind: 'AT' | 'NN'): string {
    tokens += 1
    return `${kind}${role}${tokens}-${random.token(21)}`
  }

  function sealAck(token: string, nonce: string, messageId: string, named: boolean): SentAck {
    const text = ackText({ dcpsid: named ? dcpsid : undefined, token, nonce, messageId })
    return { token, nonce, messageId, named, text: sealText(identity, text) }
  }

  function transmitOnDeck(): void {
    if (onDeck === undefined || onDeck.sentHere || transmit === undefined) return
    onDeck.sentHere = true
    transmit(onDeck.text)
  }

  return {
    get dcpsid() {
      return dcpsid
    },
    get onDeck() {
      return onDeck !== undefined
    },
    get lastSentId() {
      return lastSentId
    },

    adopt(id) {
      dcpsid = id
    },

    maySend: () => onDeck === undefined && receivedNonce !== undefined && transmit !== undefined,

    send(id, open) {
      if (onDeck !== undefined || receivedNonce === undefined) {
        throw new Error('a message must not leave before the one ahead of it is acknowledged')
      }
      const token = mint('AT')
      const nonce = JSON.stringify(receivedNonce)
      const body = `${open},"ackToken":"${token}","nonce":${nonce}}`
      receivedNonce = undefined
      lastSentId = id
      onDeck = { text: sealText(identity, body), token, sentHere: false }
      transmitOnDeck()
    },

    receiveAck(ack) {
      // Only the Ack of the handshake may lack the session id (wire-protocol §5.2).
      if (ack.dcpsid !== undefined && dcpsid !== undefined && ack.dcpsid !== dcpsid) {
        throw new DcpError('EDCPSID', 'the Ack belongs to another session')
      }
      if (onDeck !== undefined && ack.token === onDeck.token) {
        receivedNonce = ack.nonce
        lastAckedToken = ack.token
        onDeck = undefined
        return 'delivered'
      }
      if (ack.token !== lastAckedToken) throw new DcpError('EINVAL', 'unsolicited Ack')
      // The nonce of a repeated Ack may have been spent already, and is known otherwise.
      transmitOnDeck()
      return 'repeated'
    },

    receive({ id, ackToken, nonce, dcpsid: theirs }) {
      const named = lastAck !== undefined
      if (named && theirs !== dcpsid) {
        throw new DcpError('EDCPSID', 'the message belongs to another session')
      }
      if (id === lastReceived?.id && ackToken === lastReceived.ackToken) {
        if (lastAck !== undefined) transmit?.(lastAck.text)
        return 'repeated'
      }
      if (nonce !== sentNonce) {
        throw new DcpError('DCPC-1026', 'the nonce is not the one of the last Ack')
      }
      lastReceived = { id, ackToken }
      sentNonce = mint('NN')
      lastAck = sealAck(ackToken, sentNonce, id, named)
      transmit?.(lastAck.text)
      return 'new'
    },

    attach(newTransmit) {
      transmit = newTransmit
      if (onDeck !== undefined) onDeck.sentHere = false
      if (lastAck === undefined) return transmitOnDeck()
      if (!lastAck.named && dcpsid !== undefined) {
        lastAck = sealAck(lastAck.token, lastAck.nonce, lastAck.messageId, true)
      }
      transmit(lastAck.text)
    },

    detach() {
      transmit = undefined
    },
  }
}
