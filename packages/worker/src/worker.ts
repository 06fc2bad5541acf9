/**
 * The supervisor: one connection to the scheduler, the tasks it holds, the sandboxes that run them
 * and the results that stream back. A slice it was given ends exactly once, whatever dies.
 */
import { DcpError, createWorkerId } from '@manyhands/protocol'
import type {
  ColumnResults,
  ColumnResultsReply,
  ColumnTaskReply,
  JobId,
  WorkerId,
} from '@manyhands/protocol'
import type { Connection } from '@manyhands/connection'
import { createOriginPolicy } from '@manyhands/sandbox'
import type { SandboxDescription } from '@manyhands/sandbox'

import { createCalls } from './calls.ts'
import type { Calls } from './calls.ts'
import { createCrew } from './slices/crew.ts'
import type { Crew } from './slices/crew.ts'
import { startHeartbeat } from './heartbeat.ts'
import type { Heartbeat } from './heartbeat.ts'
import { createIntake } from './tasks/intake.ts'
import { assertJail, defaultJail } from './jail.ts'
import { limits } from './limits.ts'
import { describeHost } from './describe-host.ts'
import { drain } from './drain.ts'
import { createListeners } from './listener.ts'
import type { WorkerListener, WorkerState } from './listener.ts'
import { assertOptions } from './options.ts'
import type { WorkerDeps, WorkerOptions } from './options.ts'
import { createModuleLoader } from './tasks/modules.ts'
import { hearScheduler } from './messages.ts'
import type { SchedulerCommand } from './messages.ts'
import { createOutbox } from './results/outbox.ts'
import { createPatience } from './patience.ts'
import { createRelay } from './results/relay.ts'
import { createRemote } from './remote/remote.ts'
import { createSandboxPool } from './slices/sandbox-pool.ts'
import { createHand } from './tasks/hand.ts'
import { taskRequest } from './tasks/task-request.ts'
import { createTaskSource } from './tasks/task-source.ts'

export interface WorkerStatus {
  readonly id: WorkerId
  readonly state: WorkerState
  readonly sandboxes: number
  /** Sandboxes at work. */
  readonly running: number
  readonly leases: number
  /** Slices in hand that have not ended. */
  readonly open: number
  /** Slices the scheduler accepted from this worker since it started. */
  readonly accepted: number
  readonly failed: number
}

export interface Worker extends AsyncDisposable {
  readonly id: WorkerId
  /**
   * Connects and begins to ask for work.
   * @throws DcpError `ENOJAIL` when the jail is required and missing, or what the evaluator said.
   */
  start(): Promise<void>
  /** Ends a start that is in progress; finishes the slices in progress, returns the others, and leaves; a second call with a shorter grace hurries. */
  stop(options?: { readonly graceMs?: number }): Promise<void>
  listen(listener: WorkerListener): () => void
  status(): WorkerStatus
}

/** Codes of a refusal after which the whole lease is of no use. */
const leaseOver = new Set(['ENOENT', 'ECANCEL', 'EPERM', 'EJOBCLOSED'])

/** Builds a worker; nothing happens before `start`. */
export function createWorker(options: WorkerOptions, deps: WorkerDeps): Worker {
  assertOptions(options)
  const { clock, random, crypto, host } = deps
  const id = options.workerId ?? createWorkerId(random)
  const logger = deps.logger.child({ worker: id })
  const incarnation = random.token(22)
  const origins = createOriginPolicy(options.allowOrigins ?? [])
  const closing = new AbortController()
  const remote = createRemote(
    {
      origins,
      scheduler: options.location,
      trustGroups: options.trustComputeGroupOrigins === true,
    },
    { brokerFetch: deps.brokerFetch, signal: closing.signal },
  )
  const listeners = createListeners()
  const patience = createPatience(clock)
  const counts = { accepted: 0, failed: 0 }
  let state: WorkerState = 'idle'
  let connection: Connection | undefined
  let calls: Calls | undefined
  let description: SandboxDescription | undefined
  let heartbeat: Heartbeat | undefined
  let stopped: Promise<void> | undefined

  function enter(next: WorkerState): void {
    state = next
    listeners.tell('state', next)
  }

  const noConnection = (): DcpError => new DcpError('EPIPE', 'the worker has no connection')

  function theConnection(): Connection {
    if (connection === undefined) throw noConnection()
    return connection
  }

  function theCalls(): Calls {
    if (calls === undefined) throw noConnection()
    return calls
  }

  const pool = createSandboxPool(host, options.sandboxes, { logger, signal: closing.signal })
  const relay = createRelay(id, { clock, logger, send: (events) => theCalls().emit(events) })
  const outbox = createOutbox(id, {
    clock,
    logger,
    send(chunk) {
      // What its slices said goes first: with its last result the lease ends, and nobody may speak for
      // it. The scheduler takes the requests of one connection in the order in which they were made.
      relay.sendNow()
      return theCalls().results(chunk, closing.signal)
    },
    onReply: noteReply,
    onLost: (lease) => hand.abandon(lease),
    onProgress: () => hand.change(),
  })
  const crew: Crew = createCrew(options.sandboxes, {
    clock,
    random,
    logger,
    pool,
    relay,
    remote,
    tasks: () => hand.tasks,
    blocked: () => outbox.full,
    onResult: (task, slice, text, { cpuMs, gpuMs }) =>
      outbox.result(task.lease, task.job.id, {
        slice,
        text,
        cpuMs,
        ...(gpuMs === undefined ? {} : { gpuMs }),
      }),
    onFailure(task, slice, error, cost) {
      counts.failed++
      outbox.failure(task.lease, task.job.id, slice, error, cost)
      listeners.tell('failure', { job: task.job.id, slice, error })
    },
    onReturn: (task, slices) => outbox.giveBack(task.lease, task.job.id, slices),
    onChange: () => hand.change(),
  })
  const { brokerFetch, fetchText } = deps
  const moduleReader = fetchText && {
    fetchText,
    request: async (...asked: Parameters<Connection['request']>) =>
      theConnection().request(...asked),
    // They come from the scheduler's own origin, or from where work functions may come from.
    allows: (location: URL) =>
      location.origin === options.location.origin || origins.allows(location, 'fetchWorkFunctions'),
  }
  const loadModules = deps.loadModules ?? (moduleReader && createModuleLoader(moduleReader))
  const intake = createIntake({
    logger,
    remote,
    services: {
      ...(brokerFetch === undefined ? {} : { fetch: brokerFetch(origins) }),
      ...(loadModules === undefined ? {} : { loadModules }),
    },
    fetchText,
    fail(task, slice, failure) {
      counts.failed++
      outbox.failure(task.lease, task.job, slice, failure, { cpuMs: 0 })
      listeners.tell('failure', { job: task.job, slice, error: failure })
    },
    giveBack: (task, slices) => outbox.giveBack(task.lease, task.job, slices),
  })
  const source = createTaskSource({
    clock,
    random,
    logger,
    wanted: () => hand.wanted(),
    request: askForTasks,
    onReply: (reply) => hand.take(reply),
  })
  const hand = createHand({
    logger,
    sandboxes: options.sandboxes,
    crew,
    outbox,
    intake,
    isWorking: () => state === 'working',
    nudge: source.nudge,
    onTask: (task) => listeners.tell('task', task),
  })

  function noteReply(lease: string, job: JobId, _: ColumnResults, reply: ColumnResultsReply): void {
    counts.accepted += reply.accepted
    if (reply.accepted > 0) listeners.tell('accepted', { job, slices: reply.accepted })
    for (const [slices, code] of reply.refused) {
      logger.warn('results were refused', { lease, job, slices, code })
      if (leaseOver.has(code)) hand.abandon(lease)
    }
  }

  function follow(command: SchedulerCommand): void {
    if (command.command === 'announce') {
      logger.info('an announcement of the scheduler', { text: command.message })
    } else logger.warn('a message of the scheduler', { ...command })
    if (command.command === 'remove') hand.leave(command.job)
    else if (command.command !== 'announce') {
      // The program that runs this worker waits for the same end, and learns of what goes wrong.
      stop(command.command === 'kill' ? { graceMs: limits.killGraceMs } : {}).catch(
        (error: unknown) => logger.error('the worker could not leave in order', { error }),
      )
    }
    listeners.tell('command', command)
  }

  async function askForTasks(cpu: number, signal: AbortSignal): Promise<ColumnTaskReply> {
    if (description === undefined) throw noConnection()
    const known = intake.known()
    const asking = { worker: id, incarnation, cpu, known, left: intake.left(), description }
    const request = await taskRequest(asking, options, {
      connection: theConnection(),
      crypto,
      signal,
    })
    // What is gathered travels in the same message.
    outbox.flush()
    return theCalls().requestTask(request, signal)
  }

  async function start(): Promise<void> {
    if (state !== 'idle') return
    enter('starting')
    const { signal } = closing
    description = await describeHost(host, { clock, logger, signal })
    signal.throwIfAborted()
    const policy = options.jail ?? defaultJail(options.location)
    assertJail(description, policy, options.location, logger)
    connection = await deps.connect()
    calls = createCalls(connection, { clock, random })
    heartbeat = startHeartbeat({
      clock,
      logger,
      leases: hand.leases,
      send: (leases) => theCalls().heartbeat({ worker: id, incarnation, leases }),
      onVoid(leases) {
        for (const lease of leases) hand.abandon(lease)
      },
    })
    hearScheduler(connection, {
      worker: id,
      random,
      logger,
      onOver(leases) {
        for (const lease of leases) hand.abandon(lease)
      },
      onWithdrawn: (lease, slices) => hand.withdraw(lease, slices),
      onCommand: follow,
    })
    const { renewed } = heartbeat
    let sessions = 0
    connection.onSession(() => {
      sessions++
      if (sessions > 1 && state === 'working') renewed()
    })
    enter('working')
    pool.warm()
    source.start()
    logger.info('worker started', {
      location: options.location.href,
      sandboxes: options.sandboxes,
      jail: description.jail,
    })
  }

  async function shutDown(graceMs: number): Promise<void> {
    const working = state === 'working'
    enter('stopping')
    source.stop()
    crew.stop()
    const { signal } = closing
    if (working) await drain({ clock, patience, crew, pool, outbox, relay, signal }, graceMs)
    heartbeat?.stop()
    closing.abort()
    await source.close()
    outbox.close()
    relay.close()
    await Promise.all([pool.close(), connection?.close()])
    enter('stopped')
    logger.info('worker stopped', counts)
  }

  async function stop(stopOptions: { readonly graceMs?: number } = {}): Promise<void> {
    const graceMs = stopOptions.graceMs ?? limits.stopGraceMs
    if (stopped !== undefined && graceMs === 0) patience.hurry()
    stopped ??= shutDown(graceMs)
    await stopped
  }

  return {
    id,
    start,
    stop,
    listen: (listener) => listeners.add(listener),
    status: () => ({
      id,
      state,
      sandboxes: options.sandboxes,
      running: crew.running,
      leases: hand.size,
      open: hand.open,
      ...counts,
    }),
    [Symbol.asyncDispose]: () => stop({ graceMs: 0 }),
  }
}
