// A scheduler on a database in memory or in a file, a clock that stands still, and sessions that are
// driven by hand: what the tests of this folder talk to.
import type { IncomingRequest, ServerSession } from '@manyhands/connection'
import {
  type Address,
  type Clock,
  type ColumnTask,
  type ColumnTaskReply,
  DcpError,
  encodeWorkFunctionUri,
  isDcpError,
  type Random,
  sliceCount,
  parseSliceSet,
  slicesIn,
  columnOf,
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

const crypto = createPureCrypto()
export const schedulerSigner = createSigner(new Uint8Array(32).fill(9), crypto)

export function addressOf(n: number): Address {
  return parseAddress(`0x${n.toString(16).padStart(40, '0')}`, crypto)
}

export interface ManualClock extends Clock {
  /** Moves on, firing what is due. */
  advance(ms: number): Promise<void>
  /** Moves on without firing anything, as a machine that slept. */
  skip(ms: number): void
}

/** Lets everything that waits for the database, or for promises, come to rest. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 12; turn++) await new Promise((resolve) => setImmediate(resolve))
}

export function manualClock(start = 1_800_000_000_000): ManualClock {
  let now = start
  const timers = new Set<{ readonly at: number; readonly callback: () => void }>()
  return {
    now: () => now,
    monotonic: () => now - start,
    setTimer(delayMs, callback) {
      const timer = { at: now + delayMs, callback }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    sleep: () => Promise.reject(new Error('not used')),
    skip(ms) {
      now += ms
    },
    async advance(ms) {
      const end = now + ms
      for (;;) {
        await settle()
        const due = [...timers].filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0]
        if (due === undefined) break
        timers.delete(due)
        now = Math.max(now, due.at)
        due.callback()
      }
      now = end
      await settle()
    },
  }
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
  /** With an address of its own, or that of a key. */
  peer(n: number, address?: Address): Peer
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

  function peer(n: number, address: Address = addressOf(n)): Peer {
    const ended = new AbortController()
    const events: WireEvent[] = []
    const session: ServerSession = {
      dcpsid: `session-${n}`,
      host: 'dcp.test',
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

export const publicGroup = { joinKey: 'public', opaqueId: 'WHhetL7mj1w1mw1XV6dxyC', id: 1 }

let jobs = 0

/** A name for a job; not random, so that a failing test can be read. */
export function jobId(): string {
  return `job${(++jobs).toString().padStart(19, '0')}`
}

export interface JobOptions {
  readonly id?: string
  readonly [field: string]: unknown
}

export function submitData(payer: Address, fields: JobOptions = {}): Record<string, unknown> {
  const { id, ...others } = fields
  return {
    job: id ?? jobId(),
    paymentAccount: payer,
    workFunctionURI: encodeWorkFunctionUri('x=>{progress();return x}'),
    mvMultSlicePayment: 0,
    absoluteSlicePayment: 0,
    requirePath: [],
    dependencies: [],
    requirements: 0,
    worktime: { name: 'map-basic', version: '*', custom: false },
    marshaledArguments: columnOf([]),
    ...others,
  }
}

/** Deploys as our client does: one batch, sent without waiting for answers. */
export async function deploy(client: Peer, fields: JobOptions = {}): Promise<string> {
  const data = submitData(client.address, fields)
  const job = String(data['job'])
  await Promise.all([
    client.send('jobSubmit.submit@5', data),
    client.send('computeGroups.addJobToGroups', { job, cgArray: [publicGroup] }),
  ])
  return job
}

/** Deploys the values, subscribes to everything, closes: one batch. */
export async function deployValues(
  client: Peer,
  values: readonly unknown[],
  labels: readonly string[] = ['results', 'stop', 'status'],
  fields: JobOptions = {},
): Promise<string> {
  const data = submitData(client.address, fields)
  const job = String(data['job'])
  const filter = { job }
  await Promise.all([
    client.send('jobSubmit.submit@5', data),
    client.send('computeGroups.addJobToGroups', { job, cgArray: [publicGroup] }),
    ...labels.map((label) =>
      client.send('eventRouter.subscribe', {
        label,
        options: { filter, from: 0 },
        token: `${label}-${job}`,
      }),
    ),
    client.send('jobSubmit.addSliceData', { job, dataValues: columnOf(values) }),
    client.send('resultSubmitter.closeJob', { job }),
  ])
  return job
}

export interface WorkerOptions {
  readonly id?: string
  readonly incarnation?: string
  readonly sandboxes?: number
  readonly waitMs?: number
  readonly [field: string]: unknown
}

export function workerId(n: number): string {
  return `worker${n.toString().padStart(16, '0')}`
}

export function taskRequest(
  peer: Pick<Peer, 'address'>,
  options: WorkerOptions = {},
): Record<string, unknown> {
  const { id = workerId(1), incarnation = 'life-1', sandboxes = 1, waitMs = 0, ...others } = options
  return {
    columns: 1,
    incarnation,
    known: [],
    waitMs,
    targetLoad: { cpu: sandboxes, gpu: 0, longSlices: 0 },
    coreStats: { worker: id, lCores: sandboxes, pCores: sandboxes, sandbox: sandboxes },
    capabilities: 64,
    worktimes: [{ name: 'map-basic', version: '1.0.0' }],
    paymentAddress: peer.address,
    jobIds: [],
    workerComputeGroups: [{ joinKey: 'public', joinHashHash: 'any' }],
    minimumWage: { CPU: 0, GPU: 0, in: 0, out: 0 },
    ...others,
  }
}

/** What an official worker of dialect 5 asks with: slices in rows, and no life of its own. */
export function officialTaskRequest(
  peer: Pick<Peer, 'address'>,
  options: WorkerOptions = {},
): Record<string, unknown> {
  const {
    columns: _columns,
    incarnation: _incarnation,
    known: _known,
    waitMs: _waitMs,
    ...common
  } = taskRequest(peer, options)
  return {
    ...common,
    previouslyWorkedJobs: [],
    rejectedJobs: [null],
    unresolvedJobs: [],
    soteriaJobs: null,
    overdueSlices: null,
    fetchState: 1,
    seq: 0,
  }
}

export async function requestTask(
  worker: Peer,
  options: WorkerOptions = {},
): Promise<ColumnTaskReply> {
  const reply = await worker.send('taskDistributor.requestTask@3', taskRequest(worker, options))
  return reply as ColumnTaskReply
}

/** The values of a task: what came with it, or the slice numbers themselves. */
export function resultsOf(task: ColumnTask, id = workerId(1)): Record<string, unknown> {
  const slices = [...slicesIn(parseSliceSet(task.slices))]
  return {
    lease: task.lease,
    worker: id,
    slices: task.slices,
    values: columnOf(slices.map((slice) => slice * 10)),
    cpuMs: slices.length,
  }
}

/** Computes until there is nothing to do; the number of slices computed. */
export async function work(worker: Peer, options: WorkerOptions = {}): Promise<number> {
  let slices = 0
  for (;;) {
    const { tasks } = await requestTask(worker, options)
    if (tasks.length === 0) return slices
    for (const task of tasks) {
      await worker.send('resultSubmitter.results@1', resultsOf(task, options.id))
      slices += sliceCount(parseSliceSet(task.slices))
    }
  }
}

/** The code a promise is rejected with. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    if (isDcpError(error)) return error.code
    throw error
  }
  return 'fulfilled'
}

/** The message a promise is rejected with. */
export async function messageOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    if (isDcpError(error)) return error.message
    throw error
  }
  return 'fulfilled'
}
