// A peer that knows its keys and the protocol, keeps its sessions alive, and sends spoilt frames.
import type { Bearer, BearerHandlers, Endpoint } from '@manyhands/connection'
import { parseSealed, type Random, sealText, type Signer } from '@manyhands/protocol'

import { type Chance, mutateText, mutateValue } from './mutate.ts'

type Body = Record<string, unknown>

/** Requests to the second may be repeated; dispatch sees them again. */
export const services = ['once', 'repeatable'] as const

export interface AttackerDeps {
  readonly endpoint: Endpoint
  readonly random: Random
  readonly chance: Chance
  readonly now: () => number
  readonly settle: () => Promise<void>
  /** Told of every body that was signed, before it is sent. */
  readonly signed: (signer: Signer, body: unknown) => void
}

export interface Attacker {
  /** Sends one spoilt frame: `text` changes what was signed, `body` signs what was changed. */
  attack(kind: 'text' | 'body'): Promise<void>
  hangUp(): void
}

export function createAttacker(signer: Signer, stranger: Signer, deps: AttackerDeps): Attacker {
  const { endpoint, random, chance, now, settle } = deps
  let handlers: BearerHandlers | undefined
  let open = false
  let nonce: string | null = null
  let dcpsid: string | undefined
  let lastAck: Body | undefined
  let count = 0
  /** Requests of the server that wait for an answer. */
  let asked: string[] = []
  let toAck: Body | undefined
  let lastText = '{}'
  /** What this session has said rightly, to be said again. */
  let history: string[] = []

  function createBearer(): Bearer {
    return {
      send: (text) => {
        if (text.startsWith('{')) hear(parseSealed(text).body as Body)
      },
      receive(given) {
        handlers = given
      },
      close() {
        open = false
        given(handlers).closed('closed by the server')
      },
    }
  }

  function hear(body: Body): void {
    if (body['type'] === 'ack') {
      nonce = String(body['nonce'])
      return
    }
    if (typeof body['dcpsid'] === 'string') dcpsid ??= body['dcpsid']
    const members = body['type'] === 'batch' ? (body['payload'] as Body[]) : [body]
    for (const { type, id, payload } of members) {
      if (type !== 'request') continue
      if ((payload as Body)['operation'] === 'close') dcpsid = undefined
      else asked = [...asked, String(id)].slice(-10)
    }
    toAck = body
  }

  function give(text: string): void {
    if (open) given(handlers).message(text)
  }

  function seal(body: unknown, by = signer): string {
    deps.signed(by, body)
    return sealText(by, JSON.stringify(body))
  }

  function request(operation: string, data: unknown): Body {
    count += 1
    const time = now() / 1000
    return {
      id: `m${count}-${random.token(4)}`,
      type: 'request',
      payload: {
        operation,
        data,
        allow: [],
        validity: { stamp: random.token(21), ttl: 120, time },
      },
      auth: {},
      ...(dcpsid === undefined ? {} : { dcpsid }),
      time,
      ackToken: random.token(12),
      nonce,
    }
  }

  function ackBody(): Body | undefined {
    if (toAck === undefined) return undefined
    count += 1
    lastAck = {
      type: 'ack',
      ...(dcpsid === undefined ? {} : { dcpsid }),
      token: toAck['ackToken'],
      nonce: random.token(12),
      messageId: toAck['id'],
    }
    toAck = undefined
    return lastAck
  }

  /** A transport with a living session: a new one, or the last one resumed. */
  async function ensureSession(): Promise<void> {
    if (open && dcpsid !== undefined) return
    if (open) hangUp()
    open = true
    endpoint.accept(createBearer(), chance.pick(services))
    // A session that may have ended is resumed anyway now and then.
    const resumable = lastAck !== undefined && dcpsid !== undefined
    const alive = resumable && endpoint.sessions.has(String(dcpsid))
    if (resumable && (alive || chance.often(5))) {
      give(seal({ ...lastAck, dcpsid }))
      await settle()
      if (alive) return acknowledge()
      hangUp()
      return begin()
    }
    return begin()
  }

  async function begin(): Promise<void> {
    if (!open) {
      open = true
      endpoint.accept(createBearer(), chance.pick(services))
    }
    history = []
    nonce = null
    dcpsid = undefined
    lastAck = undefined
    asked = []
    give(seal(request('connect', { version: '5.3.0', sid: random.token(21) })))
    await settle()
    await acknowledge()
  }

  async function acknowledge(): Promise<void> {
    const ack = ackBody()
    if (ack === undefined) return
    give(seal(ack))
    await settle()
  }

  /** A body that would be right. */
  function rightBody(): Body {
    const kind = chance.int(20)
    if (kind < 9) return request('echo', { n: count, text: random.token(chance.int(40)) })
    if (kind < 13) {
      const members = Array.from({ length: 1 + chance.int(4) }, (_, n) => {
        const { ackToken: _token, nonce: _nonce, ...member } = request('echo', n)
        return member
      })
      return { ...request('', 0), type: 'batch', payload: members }
    }
    if (kind < 15) {
      const id = asked.pop() ?? 'nobody asked'
      return { ...request('', 0), id, type: 'response', success: true, payload: 'success' }
    }
    if (kind < 17) return ackBody() ?? { ...(lastAck ?? { type: 'ack' }) }
    if (kind === 17) return request('keepalive', now())
    if (kind === 18) return request('ask', 1)
    return chance.often(80)
      ? request('echo', 1)
      : request(chance.pick(['close', 'connect']), 'EPIPE')
  }

  async function attackText(): Promise<void> {
    if (chance.often(2)) return await flood()
    if (chance.often(8) && history.length > 0) {
      give(chance.pick(history))
      return await settle()
    }
    const right = seal(rightBody())
    const text = mutateText(right, chance, lastText)
    lastText = right
    give(chance.often(10) ? inFragments(text) : text)
    await settle()
  }

  /** More unfinished messages than anybody may have, or messages that wait for an unfinished one. */
  async function flood(): Promise<void> {
    const whole = chance.often(50)
    for (let n = 0; n < 300; n += 1) {
      const header = `{"msgId":${whole ? 1 : n},"seq":${whole ? n : 0},"total":400}`
      give(`E${header.length.toString(16).padStart(4, '0')}C${header}${lastText.slice(0, 50)}`)
      if (whole) give(lastText)
    }
    await settle()
  }

  /** The first piece of a message, most of the time with the wrong size or header. */
  function inFragments(text: string): string {
    const header = JSON.stringify({
      msgId: chance.int(30),
      seq: chance.int(3),
      total: 1 + chance.int(3),
    })
    const length = header.length + (chance.often(90) ? 0 : chance.int(9) - 4)
    return `E${length.toString(16).padStart(4, '0')}${chance.pick(['C', 'C', 'C', 'O', 'P', 'X'])}${header}${text}`
  }

  async function attackBody(): Promise<void> {
    const body = mutateValue(rightBody(), chance)
    give(seal(body, chance.often(95) ? signer : stranger))
    await settle()
  }

  function hangUp(): void {
    if (!open) return
    open = false
    given(handlers).closed('hung up')
  }

  return {
    async attack(kind) {
      await ensureSession()
      // What is right keeps the session in interesting states between the attacks.
      if (chance.often(15)) {
        const right = seal(request(chance.often(30) ? 'ask' : 'echo', count))
        history = [...history, right].slice(-8)
        give(right)
        await settle()
      }
      if (chance.often(70)) await acknowledge()
      if (kind === 'text') await attackText()
      else await attackBody()
      if (chance.often(2)) hangUp()
    },
    hangUp,
  }
}

function given(handlers: BearerHandlers | undefined): BearerHandlers {
  if (handlers === undefined) throw new Error('the endpoint did not listen')
  return handlers
}
