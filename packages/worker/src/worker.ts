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
import type { ModuleLoader, SandboxDescription } from '@manyhands/sandbox'

import { createCalls } from './calls.ts'
import type { Calls } from './calls.ts'
import { createCrew } from './crew.ts'
import type { Crew } from './crew.ts'
import { startHeartbeat } from './heartbeat.ts'
import type { Heartbeat } from './heartbeat.ts'
import { createIntake } from './intake.ts'
import { assertJail, defaultJail } from './jail.ts'
import { limits } from './limits.ts'
import { createListeners } from './listener.ts'
import type { WorkerListener, WorkerState } from './listener.ts'
import { assertOptions } from './options.ts'
import type { WorkerDeps, WorkerOptions } from './options.ts'
import { createModuleLoader } from './modules.ts'
import { hearScheduler } from './messages.ts'
import type { SchedulerCommand } from './messages.ts'
import { createOutbox } from './outbox.ts'
import { createPatience } from './patience.ts'
import { wantedLoad } from './prefetch.ts'
import { createRelay } from './relay.ts'
import { createRemote } from './remote.ts'
import { createSandboxPool } from './sandbox-pool.ts'
import type { HeldTask } from './task.ts'
import { taskRequest } from './task-request.ts'
import { createTaskSource } from './task-source.ts'

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
  /** Finishes the slices in progress, returns the others, and leaves; a second call with a shorter grace hurries. */
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
  const tasks = new Map<string, HeldTask>()
  /** Leases whose jobs are being opened. */
  const arriving = new Set<string>()
  const patience = createPatience(clock)
  const counts = { accepted: 0, failed: 0 }
  let lastTaskSize = 0
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

  function theCalls(): Calls {
    if (calls === undefined) throw new DcpError('EPIPE', 'the worker has no connection')
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
    onLost: (lease) => abandon(lease),
    onProgress: change,
  })
  const crew: Crew = createCrew(options.sandboxes, {
    clock,
    random,
    logger,
    pool,
    relay,
    remote,
    tasks: () => tasks.values(),
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
    onChange: change,
  })
  const loadModules = deps.loadModules ?? modulesOf(deps.fetchText)
  const intake = createIntake({
    logger,
    remote,
    services: {
      ...(deps.brokerFetch === undefined ? {} : { fetch: deps.brokerFetch(origins) }),
      ...(loadModules === undefined ? {} : { loadModules }),
    },
    fetchText: deps.fetchText,
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
    wanted,
    request: askForTasks,
    onReply: takeTasks,
  })

  /** Modules come from the scheduler's own origin, or from where work functions may come from. */
  function modulesOf(fetchText: WorkerDeps['fetchText']): ModuleLoader | undefined {
    if (fetchText === undefined) return undefined
    const { origin } = options.location
    return createModuleLoader({
      fetchText,
      request: async (operation, data, requestOptions) => {
        if (connection === undefined) throw new DcpError('EPIPE', 'the worker has no connection')
        return connection.request(operation, data, requestOptions)
      },
      allows: (location) =>
        location.origin === origin || origins.allows(location, 'fetchWorkFunctions'),
    })
  }

  function openSlices(): number {
    let open = 0
    for (const task of tasks.values()) open += task.open
    return open
  }

  function wanted(): number {
    if (state !== 'working' || outbox.full) return 0
    const { sandboxes } = options
    return wantedLoad({ tasks: tasks.values(), lastTaskSize, sandboxes, free: crew.free })
  }

  function isInHand(job: JobId): boolean {
    for (const task of tasks.values()) if (task.job.id === job) return true
    return false
  }

  function change(): void {
    const over = [...tasks.values()].filter(({ open }) => open === 0)
    for (const { lease } of over) tasks.delete(lease)
    for (const { job } of over) if (!isInHand(job.id)) outbox.complete(job.id)
    crew.pump()
    if (wanted() > 0) source.nudge()
  }

  function abandon(lease: string): void {
    const task = tasks.get(lease)
    outbox.drop(lease)
    if (task === undefined) return
    logger.info('a lease is no longer ours', { lease, job: task.job.id, open: task.open })
    tasks.delete(lease)
    task.abandon()
    crew.abandon(task)
    if (!isInHand(task.job.id)) outbox.complete(task.job.id)
    change()
  }

  function noteReply(lease: string, job: JobId, _: ColumnResults, reply: ColumnResultsReply): void {
    counts.accepted += reply.accepted
    if (reply.accepted > 0) listeners.tell('accepted', { job, slices: reply.accepted })
    for (const [slices, code] of reply.refused) {
      logger.warn('results were refused', { lease, job, slices, code })
      if (leaseOver.has(code)) abandon(lease)
    }
  }

  /** Gives back what it holds of a job, and takes no more of it. */
  function leaveJob(job: string): void {
    intake.leave(job)
    for (const task of tasks.values()) {
      if (task.job.id !== job) continue
      outbox.giveBack(task.lease, task.job.id, task.endAll())
      crew.abandon(task)
    }
    change()
  }

  function follow(command: SchedulerCommand): void {
    if (command.command === 'announce') {
      logger.info('an announcement of the scheduler', { text: command.message })
    } else logger.warn('a message of the scheduler', { ...command })
    if (command.command === 'remove') leaveJob(command.job)
    else if (command.command !== 'announce') {
      // The program that runs this worker waits for the same end, and learns of what goes wrong.
      stop(command.command === 'kill' ? { graceMs: limits.killGraceMs } : {}).catch(
        (error: unknown) => logger.error('the worker could not leave in order', { error }),
      )
    }
    listeners.tell('command', command)
  }

  async function askForTasks(cpu: number, signal: AbortSignal): Promise<ColumnTaskReply> {
    if (connection === undefined || description === undefined) {
      throw new DcpError('EPIPE', 'the worker has no connection')
    }
    const known = intake.known()
    const asking = { worker: id, incarnation, cpu, known, left: intake.left(), description }
    const request = await taskRequest(asking, options, { connection, crypto, signal })
    // What is gathered travels in the same message.
    outbox.flush()
    return theCalls().requestTask(request, signal)
  }

  async function takeTasks(reply: ColumnTaskReply): Promise<void> {
    if (state !== 'working') {
      intake.decline(reply)
      return
    }
    const leases = reply.tasks.map(({ lease }) => lease)
    for (const lease of leases) arriving.add(lease)
    let taken: HeldTask[]
    try {
      taken = await intake.take(reply)
    } finally {
      for (const lease of leases) arriving.delete(lease)
    }
    if (taken.length > 0) lastTaskSize = taken.reduce((sum, { total }) => sum + total, 0)
    for (const task of taken) {
      tasks.set(task.lease, task)
      listeners.tell('task', { job: task.job.id, slices: task.total })
    }
    if (state === 'working') change()
    else crew.stop()
  }

  async function describeHost(): Promise<SandboxDescription> {
    const deadline = clock.monotonic() + limits.hostStartMs
    for (;;) {
      try {
        return await host.describe()
      } catch (error) {
        const retryable = error instanceof DcpError && error.retryable
        if (!retryable || clock.monotonic() > deadline) throw error
        await clock.sleep(limits.backoffFirstMs, closing.signal)
      }
    }
  }

  async function start(): Promise<void> {
    if (state !== 'idle') return
    enter('starting')
    description = await describeHost()
    const policy = options.jail ?? defaultJail(options.location)
    assertJail(description, policy, options.location, logger)
    connection = await deps.connect()
    calls = createCalls(connection, { clock, random })
    heartbeat = startHeartbeat({
      clock,
      logger,
      leases: () => [...new Set([...arriving, ...tasks.keys(), ...outbox.leases()])],
      send: (leases) => theCalls().heartbeat({ worker: id, incarnation, leases }),
      onVoid(leases) {
        for (const lease of leases) abandon(lease)
      },
    })
    hearScheduler(connection, {
      worker: id,
      random,
      logger,
      onOver(leases) {
        for (const lease of leases) abandon(lease)
      },
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

  async function outboxEmpty(): Promise<void> {
    while (!outbox.empty && !closing.signal.aborted) {
      outbox.flush()
      await clock.sleep(5, closing.signal).catch(() => {
        // Closing: the loop ends by its own condition.
      })
    }
  }

  async function shutDown(graceMs: number): Promise<void> {
    const working = state === 'working'
    enter('stopping')
    source.stop()
    crew.stop()
    if (working) {
      outbox.flush()
      const flushMs = Math.min(limits.stopFlushMs, graceMs / 2)
      await patience.wait(crew.drained(), graceMs - flushMs)
      if (crew.running > 0) {
        pool.killBusy()
        await patience.wait(crew.drained(), flushMs / 2)
      }
      await patience.wait(Promise.all([outboxEmpty(), relay.flush()]), flushMs)
    }
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
      leases: tasks.size,
      open: openSlices(),
      ...counts,
    }),
    [Symbol.asyncDispose]: () => stop({ graceMs: 0 }),
  }
}
