// A scheduler at the other end of a connection, played by the test: it hands out the tasks it is
// given, keeps what comes back, and can be away.
import { DcpError, parseSliceSet, slicesIn, splitColumn } from '@manyhands/protocol'
import type {
  Address,
  ColumnResults,
  ColumnTask,
  ColumnTaskReply,
  ColumnTaskRequest,
  ColumnWorkEmit,
  Heartbeat,
  HeartbeatReply,
  JobArtifacts,
  JobId,
  SliceFailure,
} from '@manyhands/protocol'
import type { Connection, ServerRequestHandler } from '@manyhands/connection'

export interface ScriptedScheduler {
  readonly connect: () => Connection
  /** Puts a task on offer; a held request gets it at once. */
  offer(task: ColumnTask, artifacts?: JobArtifacts): void
  readonly requests: ColumnTaskRequest[]
  readonly chunks: ColumnResults[]
  readonly emitted: ColumnWorkEmit[]
  readonly beats: Heartbeat[]
  /** Names of all operations, as they came. */
  readonly order: string[]
  readonly results: Map<number, string>
  readonly failures: Map<number, SliceFailure>
  readonly returned: Set<number>
  /** Leases that the next heartbeat declares void. */
  voided: string[]
  /** Sends an event to who subscribed to its label; under another token when one is given. */
  say(label: string, fields: Readonly<Record<string, unknown>>, token?: string): unknown
  /** A session begins. */
  beginSession(): void
  /** Every request fails with this while it is set. */
  away: DcpError | undefined
  /** Resolves when `condition` holds after some message. */
  until(condition: () => boolean): Promise<void>
  closed: boolean
}

export const anOwner = '0x0000000000000000000000000000000000000001' as Address

export function jobNamed(name: string): JobId {
  return name.padEnd(22, '0') as JobId
}

export function artifactsOf(job: JobId, more: Partial<JobArtifacts> = {}): JobArtifacts {
  return {
    job,
    owner: anOwner,
    workFunctionURI: 'data:,x%20=%3E%20x',
    marshaledArguments: { _serializeVerId: 'v8', what: { arr: [] } },
    useStrict: false,
    worktime: { name: 'map-basic', version: '1.0.0' },
    requirePath: [],
    modulePath: [],
    dependencies: [],
    public: { name: 'a job', description: '', link: '' },
    workerConsole: false,
    ...more,
  }
}

export function createScriptedScheduler(): ScriptedScheduler {
  const offers: { task: ColumnTask; artifacts: JobArtifacts | undefined }[] = []
  const described = new Map<string, JobArtifacts>()
  const waiters: { condition: () => boolean; resolve: () => void }[] = []
  const sessionListeners: ((dcpsid: string) => void)[] = []
  const subscriptions = new Map<string, string>()
  let handle: ServerRequestHandler | undefined
  let held: ((reply: ColumnTaskReply) => void) | undefined

  function noted(): void {
    for (const waiter of waiters.slice()) {
      if (!waiter.condition()) continue
      waiters.splice(waiters.indexOf(waiter), 1)
      waiter.resolve()
    }
  }

  function reply(known: readonly JobId[]): ColumnTaskReply {
    const given = offers.splice(0)
    for (const { artifacts } of given) {
      if (artifacts !== undefined) described.set(artifacts.job, artifacts)
    }
    const jobs: Record<string, JobArtifacts> = {}
    for (const { task } of given) {
      const artifacts = described.get(task.job)
      if (artifacts !== undefined && !known.includes(task.job)) jobs[task.job] = artifacts
    }
    return { tasks: given.map(({ task }) => task), jobs }
  }

  function requestTask(request: ColumnTaskRequest, signal?: AbortSignal): Promise<ColumnTaskReply> {
    scheduler.requests.push(request)
    noted()
    if (offers.length > 0) return Promise.resolve(reply(request.known))
    return new Promise((resolve, reject) => {
      held = () => {
        held = undefined
        resolve(reply(request.known))
      }
      signal?.addEventListener('abort', () => {
        held = undefined
        reject(signal.reason as Error)
      })
    })
  }

  function takeChunk(chunk: ColumnResults): unknown {
    scheduler.chunks.push(chunk)
    const texts = splitColumn(chunk.values)
    let accepted = 0
    for (const slice of slicesIn(parseSliceSet(chunk.slices))) {
      if (scheduler.results.has(slice)) throw new Error(`slice ${slice} came twice`)
      scheduler.results.set(slice, texts[accepted++] ?? '')
    }
    for (const [slice, failure] of chunk.errors ?? []) scheduler.failures.set(slice, failure)
    for (const slice of slicesIn(parseSliceSet(chunk.returned ?? ''))) scheduler.returned.add(slice)
    noted()
    return { accepted, duplicate: '', refused: [] }
  }

  function answer(operation: string, data: unknown, signal?: AbortSignal): unknown {
    if (scheduler.away !== undefined) throw scheduler.away
    scheduler.order.push(operation)
    switch (operation) {
      case 'taskDistributor.requestTask@3':
        return requestTask(data as ColumnTaskRequest, signal)
      case 'resultSubmitter.results@1':
        return takeChunk(structuredClone(data) as ColumnResults)
      case 'resultSubmitter.heartbeat': {
        scheduler.beats.push(data as Heartbeat)
        noted()
        return { void: scheduler.voided, deadline: 0 } satisfies HeartbeatReply
      }
      case 'eventRouter.subscribe': {
        const { label, token } = data as { readonly label: string; readonly token: string }
        subscriptions.set(label, token)
        return { token }
      }
      case 'eventRouter.workEmit':
        scheduler.emitted.push(data as ColumnWorkEmit)
        noted()
        return true
      default:
        throw new DcpError('EINVAL', `unknown operation ${operation}`)
    }
  }

  const connection: Connection = {
    identity: anOwner,
    peer: anOwner,
    request: async (operation, data, options) => answer(operation, data, options?.signal),
    batch: (requests) =>
      Promise.allSettled(requests.map(async ({ operation, data }) => answer(operation, data))),
    onServerRequest(handler) {
      handle = handler
    },
    onSession(listener) {
      sessionListeners.push(listener)
    },
    session: () => Promise.resolve('session'),
    close() {
      scheduler.closed = true
      return Promise.resolve()
    },
    [Symbol.asyncDispose]: () => connection.close(),
  }

  const scheduler: ScriptedScheduler = {
    connect: () => connection,
    offer(task, artifacts) {
      offers.push({ task, artifacts })
      held?.({ tasks: [], jobs: {} })
    },
    requests: [],
    chunks: [],
    emitted: [],
    beats: [],
    order: [],
    results: new Map(),
    failures: new Map(),
    returned: new Set(),
    voided: [],
    say(label, fields, token = subscriptions.get(label)) {
      const data = { eventName: label, ...fields }
      return handle?.('event', { token, event: { eventId: 'event', data } })
    },
    beginSession() {
      for (const listener of sessionListeners) listener('session')
    },
    away: undefined,
    until: (condition) =>
      new Promise((resolve) => {
        if (condition()) resolve()
        else waiters.push({ condition, resolve })
      }),
    closed: false,
  }
  return scheduler
}
