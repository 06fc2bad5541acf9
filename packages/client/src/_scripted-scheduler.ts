/** A scheduler of a few lines, behind a real endpoint on the memory network: for tests of the client. */
import {
  type Connection,
  type IncomingRequest,
  type ServerSession,
  createConnection,
  createEndpoint,
  createMemoryNetwork,
} from '@manyhands/connection'
import {
  DcpError,
  type Signer,
  encodeSliceSet,
  joinColumn,
  prepareText,
  seededRandom,
  silentLogger,
  sliceSetOf,
  systemClock,
} from '@manyhands/protocol'
import { createSigner, generatePrivateKey } from '@manyhands/wallet'
import { loadCrypto } from '@manyhands/wallet/node'

import { type Client, createClient } from './client.ts'
import type { ClientContext } from './context.ts'
import { compileExpression } from './job/work-text.ts'

const location = 'memory://scheduler/dcp/'

interface Received {
  readonly operation: string
  readonly data: Record<string, unknown>
}

/** Answers to operations; what is missing answers with success. */
export type Script = Readonly<Record<string, (data: Record<string, never>) => unknown>>

interface Subscribed {
  readonly session: ServerSession
  readonly label: string
  readonly token: string
  readonly from: number | undefined
}

export interface ScriptedScheduler extends AsyncDisposable {
  readonly client: Client
  /** A connection of its client's owner. */
  open(): Connection
  readonly received: Received[]
  readonly subscriptions: Subscribed[]
  readonly payer: Signer
  operations(): string[]
  /** Pushes an event to whoever subscribed its label last; resolves with the client's answer. */
  push(label: string, data: Record<string, unknown>): Promise<unknown>
  /** Pushes results, numbered up to `seq`. */
  pushResults(seq: number, results: Readonly<Record<number, unknown>>): Promise<unknown>
  /** Waits until the client has subscribed a label. */
  subscribed(label: string): Promise<void>
  /** Dies and comes back, having forgotten all sessions. */
  restart(): Promise<void>
}

const crypto = await loadCrypto()

/** The set and column of results given by slice. */
export function messageOf(results: Readonly<Record<number, unknown>>): {
  slices: string
  values: unknown
} {
  const slices = Object.keys(results).map(Number)
  const texts = slices.map((slice) => prepareText(results[slice]))
  return { slices: encodeSliceSet(sliceSetOf(slices)), values: joinColumn(texts) }
}

const answers: Script = {
  'jobSubmit.submit@5': () => ({ escrow: '0xescrow', status: 'new', lastSliceNumber: 0 }),
  'computeGroups.addJobToGroups': () => ({ success: true, payload: [] }),
}

interface Powers extends Pick<ClientContext, 'sandboxHost'> {
  /** Where jobs go that name another scheduler. */
  readonly elsewhere?: (scheduler: URL) => Connection
}

export function scriptScheduler(
  script: Script = {},
  { elsewhere, ...powers }: Powers = {},
): ScriptedScheduler {
  const random = seededRandom('scripted scheduler')
  const clock = systemClock
  const logger = silentLogger
  const deps = { crypto, clock, random, logger }
  const newSigner = (): Signer => createSigner(generatePrivateKey(random), crypto)
  const serverKey = newSigner()
  const owner = newSigner()
  const payer = newSigner()
  const received: Received[] = []
  const subscriptions: Subscribed[] = []
  let slices = 0
  let events = 0
  let wake: (() => void)[] = []

  async function dispatch(request: IncomingRequest): Promise<unknown> {
    const { operation, session } = request
    const data = (request.data ?? {}) as Record<string, never>
    received.push({ operation, data })
    const given = script[operation] ?? answers[operation]
    if (operation === 'eventRouter.subscribe') {
      const { label, token, options } = data as unknown as {
        label: string
        token: string
        options: { from?: number }
      }
      subscriptions.push({ session, label, token, from: options.from })
      for (const resume of wake.splice(0)) resume()
      return { token }
    }
    if (operation === 'jobSubmit.addSliceData' && given === undefined) {
      const { what } = data.dataValues as unknown as { what: { arr: unknown[] } }
      slices += what.arr.length
      return { success: true, lastSliceNumber: slices }
    }
    return given === undefined ? true : given(data)
  }

  const network = createMemoryNetwork({ clock })
  const listen = () => {
    const endpoint = createEndpoint({ identity: serverKey }, { dispatch, ...deps })
    const stop = network.listen(location, (bearer) => endpoint.accept(bearer, 'dcp'))
    return { endpoint, stop }
  }
  let serving = listen()
  const open = (): Connection =>
    createConnection({ identity: owner }, { open: network.connector(location), ...deps })
  const scheduler = new URL('http://127.0.0.1:4280/')
  const client = createClient(
    { scheduler },
    {
      connect: (where) => (where.href === scheduler.href ? open() : (elsewhere?.(where) ?? open())),
      owner: async () => owner.address,
      account: async () => payer,
      parseExpression: compileExpression,
      ...powers,
      clock,
      random,
      logger,
    },
  )

  async function push(label: string, event: Record<string, unknown>): Promise<unknown> {
    const subscription = subscriptions.findLast((one) => one.label === label)
    if (subscription === undefined) throw new DcpError('ENOENT', `nobody subscribed ${label}`)
    events += 1
    const data = { eventName: label, ...event }
    const answer = await subscription.session.request('event', {
      token: subscription.token,
      event: { eventId: `e${events}`, data },
    })
    return answer.payload
  }

  return {
    client,
    open,
    received,
    subscriptions,
    payer,
    push,
    operations: () => received.map(({ operation }) => operation),
    pushResults: (seq, results) => push('results', { seq, ...messageOf(results) }),
    async subscribed(label) {
      while (!subscriptions.some((one) => one.label === label)) {
        await new Promise<void>((resolve) => wake.push(resolve))
      }
    },
    async restart() {
      serving.stop()
      subscriptions.length = 0
      serving = listen()
    },
    async [Symbol.asyncDispose]() {
      await client.close()
      await serving.endpoint.close()
      serving.stop()
    },
  }
}
