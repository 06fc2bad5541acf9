// Sends spoilt frames at the connection layer and watches what must never happen: a crash, something
// kept that should be gone, or a request dispatched that its sender did not sign.
import { createEndpoint, type IncomingRequest } from '@manyhands/connection'
import { seededRandom, silentLogger, type Signer } from '@manyhands/protocol'
import { type Crypto, createSigner, generatePrivateKey } from '@manyhands/wallet'

import { createFraming } from '../../packages/connection/src/framing/framing.ts'
import { createManualClock } from '../connection/_manual-clock.ts'
import { type Attacker, createAttacker, services } from './attacker.ts'
import { type Chance, createChance, mutateText } from './mutate.ts'

export interface FuzzOptions {
  readonly frames: number
  readonly seed: string
  readonly crypto: Crypto
  /** Bytes of heap in use after a collection; nothing is measured without. */
  readonly heapUsed?: () => number
  readonly onProgress?: (frames: number) => void
}

export interface FuzzReport {
  readonly frames: number
  /** Of them, signed again after they were changed. */
  readonly signedAgain: number
  readonly dispatched: number
  readonly sessions: number
  readonly failures: readonly string[]
}

const attackers = 12
const heapGrowthMaxBytes = 48 * 1024 * 1024
const lingerMs = 60_000

export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const { crypto, seed } = options
  const random = seededRandom(seed)
  const chance = createChance(random)
  const clock = createManualClock()
  const failures: string[] = []
  /** Signer, operation, data and stamp → how often it was signed and not yet dispatched. */
  const signed = new Map<string, number>()
  let frame = 0
  let signedAgain = 0
  let dispatched = 0
  let sessions = 0

  function fail(what: string): void {
    if (failures.length < 20) failures.push(`seed ${seed}, frame ${frame}: ${what}`)
  }

  async function dispatch(request: IncomingRequest): Promise<unknown> {
    dispatched += 1
    const { peer, operation, data, stamp, session } = request
    const key = keyOf(peer, operation, data, stamp)
    const left = signed.get(key) ?? 0
    if (left === 0) fail(`dispatched what nobody signed: ${key.slice(0, 200)}`)
    else if (left === 1) signed.delete(key)
    else signed.set(key, left - 1)
    if (session.peer !== peer) fail('dispatched for another peer than the session has')
    if (operation === 'ask') void session.request('event', data).catch(() => undefined)
    return await Promise.resolve({ echo: data ?? null })
  }

  const key = (): Signer => createSigner(generatePrivateKey(random), crypto)
  const deps = { crypto, clock, random, logger: silentLogger }
  const repeatable = (service: string): boolean => service === services[1]
  const endpoint = createEndpoint({ identity: key(), lingerMs, repeatable }, { ...deps, dispatch })

  function createOne(): Attacker {
    return createAttacker(key(), key(), {
      endpoint,
      random,
      chance,
      now: () => clock.now(),
      settle,
      signed: (signer, body) => {
        for (const member of signedRequests(signer, body)) {
          signed.set(member, (signed.get(member) ?? 0) + 1)
        }
      },
    })
  }

  function checkBounds(): void {
    const load = endpoint.load()
    sessions = Math.max(sessions, endpoint.sessions.size)
    // One transport for each attacker, and a few whose goodbye is not over.
    if (load.transports - load.strayTransports > attackers * 40)
      fail(`${load.transports} transports`)
    if (load.partials > load.transports * 16) fail(`${load.partials} incomplete messages`)
    if (load.queued > 10_000) fail(`${load.queued} messages queued`)
    if (load.stamps > 250_000) fail(`${load.stamps} stamps`)
    if (endpoint.sessions.size > 5_000) fail(`${endpoint.sessions.size} sessions`)
  }

  let crowd = Array.from({ length: attackers }, createOne)
  let heapAtStart: number | undefined
  const onCrash = (error: unknown): void => fail(`crash: ${describe(error)}`)
  process.on('uncaughtException', onCrash)
  process.on('unhandledRejection', onCrash)
  try {
    for (; frame < options.frames; frame += 1) {
      try {
        if (frame % 10 < 4) fuzzFraming(chance, fail)
        else if (frame % 10 < 7) await chance.pick(crowd).attack('text')
        else {
          signedAgain += 1
          await chance.pick(crowd).attack('body')
        }
      } catch (error) {
        fail(`crash: ${describe(error)}`)
      }
      if (frame % 500 === 499) await clock.advance(2_000)
      if (frame % 20 === 19) checkBounds()
      if (frame % 2_000 === 1_999) {
        // What was signed and never arrived will not arrive any more with a new crowd.
        for (const attacker of crowd) attacker.hangUp()
        crowd = Array.from({ length: attackers }, createOne)
        signed.clear()
        await macrotask()
        options.onProgress?.(frame + 1)
      }
      if (frame === Math.floor(options.frames / 5)) heapAtStart = options.heapUsed?.()
    }
    const heapAtEnd = options.heapUsed?.()
    if (heapAtStart !== undefined && heapAtEnd !== undefined) {
      const grown = heapAtEnd - heapAtStart
      if (grown > heapGrowthMaxBytes) fail(`the heap grew by ${Math.round(grown / 2 ** 20)} MiB`)
    }
    for (const attacker of crowd) attacker.hangUp()
    await clock.advance(lingerMs + 200_000)
    if (endpoint.sessions.size > 0) fail(`${endpoint.sessions.size} sessions stayed`)
    const { stamps: _stamps, ...rest } = endpoint.load()
    for (const [what, stayed] of Object.entries(rest)) {
      if (stayed > 0) fail(`${what}: ${String(stayed)} stayed`)
    }
    if (clock.timers > 0) fail(`${clock.timers} timers stayed`)
    await endpoint.close()
    await macrotask()
  } finally {
    process.off('uncaughtException', onCrash)
    process.off('unhandledRejection', onCrash)
  }
  return { frames: frame, signedAgain, dispatched, sessions, failures }
}

/** Frames without signatures: fragments, announcements and what only looks like them. */
function fuzzFraming(chance: Chance, fail: (what: string) => void): void {
  const text = `{${'0123456789'.repeat(chance.int(40))}}`
  const size = 100 + chance.int(200)
  const frames: string[] = []
  const received: string[] = []
  let broken = 0
  let after = 0
  const handlers = {
    message: (message: string): void => {
      received.push(message)
      if (broken > 0) after += 1
    },
    broken: (): void => {
      broken += 1
    },
    closed: (): void => undefined,
  }
  const sender = createFraming(
    {
      send: (sent) => void frames.push(sent),
      receive: ({ message }) => message(`E0000P{"rxMaxFragmentSize":${size}}`),
      close: () => undefined,
    },
    handlers,
  )
  sender.send(text)
  const spoilt = chance.int(frames.length)
  const receiver = createFraming(
    {
      send: () => undefined,
      receive: ({ message }) => {
        frames.forEach((sent, position) => {
          message(position === spoilt ? mutateText(sent, chance, text) : sent)
        })
      },
      close: () => undefined,
    },
    handlers,
  )
  if (broken > 1) fail('the rules were broken twice')
  if (after > 0) fail('a message was delivered after the rules were broken')
  const { partials, length } = receiver.held()
  if (partials > 16 || length > 16_384) fail(`framing holds ${partials} messages, ${length} units`)
}

/** The requests in a signed body, as dispatch would see them. */
function signedRequests(signer: Signer, body: unknown): string[] {
  const outermost = JSON.parse(JSON.stringify(body)) as Record<string, unknown> | null
  if (typeof outermost !== 'object' || outermost === null) return []
  const { payload } = outermost
  const members: unknown[] = Array.isArray(payload)
    ? [outermost, ...(payload as unknown[])]
    : [outermost]
  return members.flatMap((member) => {
    const inner = (member as Record<string, unknown> | null)?.['payload']
    if (typeof inner !== 'object' || inner === null) return []
    const { operation, data, jsonData, validity } = inner as Record<string, unknown>
    if (typeof operation !== 'string') return []
    const stamp = (validity as Record<string, unknown> | null | undefined)?.['stamp']
    return [keyOf(signer.address, operation, parsed(jsonData, data), stamp)]
  })
}

function parsed(jsonData: unknown, data: unknown): unknown {
  if (typeof jsonData !== 'string') return data
  try {
    return JSON.parse(jsonData)
  } catch {
    // Such a request is refused, so that it does not matter what is noted down.
    return data
  }
}

function keyOf(...parts: readonly unknown[]): string {
  return JSON.stringify(parts)
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn += 1) await Promise.resolve()
}

async function macrotask(): Promise<void> {
  await new Promise<void>((resolve) => {
    setImmediate(resolve)
  })
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
