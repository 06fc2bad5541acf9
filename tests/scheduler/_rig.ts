// A scheduler on a database in memory or in a file, and sessions that are driven by hand: what the
// tests of this folder talk to.
import type { IncomingRequest, ServerSession } from '@manyhands/connection'
import {
  type Address,
  DcpError,
  type Random,
  seededRandom,
  silentLogger,
} from '@manyhands/protocol'
import { createScheduler, type Scheduler, schedulerMigrations } from '@manyhands/scheduler'
import {
  createMemoryValueStore,
  createWriter,
  type Database,
  type MemoryValueStore,
  migrate,
  openDatabase,
  type ValueStore,
  type Writer,
} from '@manyhands/service'
import { createPureCrypto, createSigner, parseAddress } from '@manyhands/wallet'

import { type ManualClock, manualClock } from './_manual-clock.ts'

const crypto = createPureCrypto()
export const schedulerSigner = createSigner(new Uint8Array(32).fill(9), crypto)

export function addressOf(n: number): Address {
  return parseAddress(`0x${n.toString(16).padStart(40, '0')}`, crypto)
}

export interface WireEvent {
  readonly token: string
  readonly event: { readonly eventId: string; readonly data: Record<string, unknown> }
}

export interface Peer {
  readonly address: Address
  readonly session: ServerSession
  /** Events that came, in order. */
  readonly events: WireEvent[]
  /** Data of the events with a label. */
  heard(label: string): Record<string, unknown>[]
  /** Answers of the peer to events; 'success' unless told otherwise. */
  answer: (event: WireEvent) => Promise<{ success: boolean; payload: unknown }>
  send(operation: string, data: unknown, options?: SendOptions): Promise<unknown>
  disconnect(): void
}

export interface SendOptions {
  readonly stamp?: string
  readonly service?: string
  readonly authorize?: boolean
  readonly answered?: Promise<void>
}

export interface Rig {
  readonly clock: ManualClock
  readonly random: Random
  readonly database: Database
  readonly scheduler: Scheduler
  /** Where its long values are; survives a restart. */
  readonly values: MemoryValueStore
  /** With an address of its own, or that of a key; some say what program they are. */
  peer(n: number, address?: Address, userAgent?: string): Peer
  /** The same database, a new scheduler: what a restart is. */
  restart(): Promise<void>
  count(table: string): number
  /** From now on no transaction can be committed, until there is room again. */
  fillDisk(full: boolean): void
  close(): Promise<void>
}

/** Where the scheduler says that values are served. */
export function valueUrl(key: string, host = 'nowhere'): string {
  return `http://${host}/values/${key}`
}

export interface RigOptions {
  readonly file?: string
  readonly administrators?: readonly Address[]
  /** Stands between the scheduler and where its long values are. */
  readonly shelve?: (store: MemoryValueStore) => ValueStore
}

export async function createRig(options: RigOptions = {}): Promise<Rig> {
  const clock = manualClock()
  const random = seededRandom('scheduler')
  const database = openDatabase({ file: options.file ?? ':memory:' })
  migrate(database, schedulerMigrations, { clock })
  const values = createMemoryValueStore({ clock })
  let stamps = 0
  let isDiskFull = false
  const raw: Database['raw'] = {
    close: () => database.raw.close(),
    prepare(sql) {
      if (isDiskFull && sql === 'commit') throw new Error('database or disk is full')
      return database.raw.prepare(sql)
    },
  }
  let writer: Writer = createWriter(raw)

  function build(): Scheduler {
    const { administrators = [] } = options
    const keys = { signer: schedulerSigner, crypto, administrators }
    const deps = { clock, random, logger: silentLogger, ...keys }
    const store = options.shelve?.(values) ?? values
    return createScheduler({ ...deps, writer, values: store, valueUrl })
  }
  let scheduler = build()
  await scheduler.start()

  function peer(n: number, address: Address = addressOf(n), userAgent?: string): Peer {
    const ended = new AbortController()
    const events: WireEvent[] = []
    const session: ServerSession = {
      dcpsid: `session-${n}`,
      host: 'dcp.test',
      userAgent,
      peer: address,
      ended: ended.signal,
      get connected() {
        return !ended.signal.aborted
      },
      async request(operation, data) {
        if (ended.signal.aborted) throw new DcpError('ECONNRESET', 'the session is over')
        if (operation !== 'event') throw new Error(`unexpected ${operation}`)
        events.push(data as WireEvent)
        return self.answer(data as WireEvent)
      },
    }
    const self: Peer = {
      address,
      session,
      events,
      answer: () => Promise.resolve({ success: true, payload: 'success' }),
      heard: (label) =>
        events.map(({ event }) => event.data).filter(({ eventName }) => eventName === label),
      send(operation, data, sendOptions = {}) {
        const request: IncomingRequest = {
          service: sendOptions.service ?? 'dcp',
          operation,
          data: JSON.parse(JSON.stringify(data)) as unknown,
          peer: address,
          session,
          stamp: sendOptions.stamp ?? `stamp-${++stamps}`,
          timeMs: clock.now(),
          answered: sendOptions.answered ?? Promise.resolve(),
          authorizes: () => sendOptions.authorize ?? true,
        }
        return scheduler.dispatch(request)
      },
      disconnect: () => ended.abort(),
    }
    return self
  }

  return {
    clock,
    random,
    database,
    get scheduler() {
      return scheduler
    },
    values,
    peer,
    fillDisk(full) {
      isDiskFull = full
    },
    async restart() {
      await scheduler.close()
      await writer.close()
      writer = createWriter(raw)
      scheduler = build()
      await scheduler.start()
    },
    count(table) {
      const rows = writer.read((tx) => tx.all<{ n: bigint }>(`select count(*) as n from ${table}`))
      return Number(rows[0]?.n ?? 0n)
    },
    async close() {
      await scheduler.close()
      await writer.close()
      await database.close()
    },
  }
}
