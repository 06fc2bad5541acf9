/** Runs a job in sandboxes of this program, without a scheduler, with the same events and errors. */
import {
  DcpError,
  type ErrorCode,
  parsePrepared,
  prepareText,
  preparedOfSerialized,
  serializeValue,
} from '@manyhands/protocol'
import type { Sandbox, SandboxHost, SliceError, WorkAssignment } from '@manyhands/sandbox'

import type { ClientContext } from '../context.ts'
import type { JobDefinition } from '../job/definition.ts'
import type { Run, RunListener, StatusReport } from '../job/run.ts'
import { limits } from '../limits.ts'
import { idOf, packModules } from '../modules/module-bundle.ts'
import { createOwnRealmHost } from './own-realm.ts'
import { runBatch } from './run-batch.ts'
import { type FedSlice, type SliceFeed, createSliceFeed } from './slice-feed.ts'

export interface LocalRunOptions {
  readonly definition: JobDefinition
  /** Sandboxes; false: this program's own realm. */
  readonly cores: number | false
}

/** A place for sandboxes. Throws EBADARG for a number of cores that makes no sense, ENOTSUPPORTED. */
export async function openHost(
  context: ClientContext,
  cores: number | false,
): Promise<SandboxHost> {
  if (cores === false) {
    context.logger.warn('the work function runs in the realm of this program, unprotected')
    return createOwnRealmHost()
  }
  if (!Number.isSafeInteger(cores) || cores < 1 || cores > limits.localCoresMax) {
    throw new DcpError(
      'EBADARG',
      `cores must be a whole number from 1 to ${limits.localCoresMax}, or false, not ${String(cores)}`,
      { details: { field: 'cores' } },
    )
  }
  if (context.sandboxHost !== undefined) return context.sandboxHost(cores)
  throw new DcpError('ENOTSUPPORTED', 'there are no sandboxes here: use localExec(false)')
}

/** As it would have travelled: what has a `toJSON` arrives as what its JSON says. */
function argumentText(value: unknown): string {
  return value instanceof URL ? prepareText(value) : preparedOfSerialized(serializeValue(value))
}

function hereOnly(work: string | URL): string {
  if (typeof work === 'string') return work
  const message = 'localExec does not load work functions from other locations: use exec'
  throw new DcpError('ENOTSUPPORTED', message)
}

/** What a sandbox needs to know of a job. */
export function assignmentOf(context: ClientContext, definition: JobDefinition): WorkAssignment {
  const { bundle, dependencies } = packModules(context, definition)
  return {
    workFunction: hereOnly(definition.work),
    arguments: definition.args.map(argumentText),
    useStrict: definition.requirements.useStrict,
    worktime: { name: definition.worktime.name, version: definition.worktime.version },
    public: definition.public,
    requirePath: definition.requirePath,
    modulePath: definition.modulePath,
    dependencies,
    ...(bundle === undefined ? {} : { modules: new Map([[idOf(bundle), bundle.source]]) }),
  }
}

/** The error of a job one of whose slices failed too often. */
function tooManyErrors(slice: number, error: SliceError): DcpError {
  const code: ErrorCode = error.code === 'ENOPROGRESS' ? 'ENOPROGRESS' : 'ETOOMANYERRORS'
  return new DcpError(
    code,
    `slice ${slice} failed ${limits.localAttemptsMax} times: ${error.message}`,
    {
      details: { slice, error },
    },
  )
}

interface Progress {
  computed: number
  cpuMs: number
  readonly attempts: Map<number, number>
}

interface Crew {
  readonly context: ClientContext
  readonly definition: JobDefinition
  readonly assignment: WorkAssignment
  readonly listener: RunListener
  readonly feed: SliceFeed
  readonly progress: Progress
  readonly signal: AbortSignal
}

/** Slices for one go: few at first and at the end, so that sandboxes finish together. */
function batchSize({ definition, feed, progress }: Crew, cores: number): number {
  if (definition.input.kind !== 'range') return Math.ceil(limits.localBatchMax / 8)
  const left = feed.total() - progress.computed
  return Math.max(1, Math.min(limits.localBatchMax, Math.ceil(left / (cores * 4))))
}

function failed(crew: Crew, fed: FedSlice, error: SliceError): void {
  const { slice } = fed
  const attempts = (crew.progress.attempts.get(slice) ?? 0) + 1
  crew.progress.attempts.set(slice, attempts)
  crew.listener.event('error', { sliceNumber: slice, ...error })
  if (attempts >= limits.localAttemptsMax) throw tooManyErrors(slice, error)
  crew.feed.giveBack([fed])
}

function statusOf({ feed, progress }: Crew): StatusReport {
  const { computed, cpuMs } = progress
  return { runStatus: 'running', total: feed.total(), distributed: feed.taken(), computed, cpuMs }
}

async function work(crew: Crew, host: SandboxHost, cores: number): Promise<void> {
  const { assignment, feed, listener, progress, signal } = crew
  let sandbox: Sandbox | undefined
  const kill = (): void => void sandbox?.kill()
  signal.addEventListener('abort', kill)
  try {
    while (!signal.aborted) {
      // oxlint-disable no-await-in-loop -- one sandbox runs one batch after the other
      const slices = await feed.take(batchSize(crew, cores))
      if (slices === undefined || signal.aborted) return
      if (sandbox === undefined) {
        sandbox = await host.create(signal)
        await sandbox.assign(assignment)
      }
      const alive = await runBatch(sandbox, slices, {
        listener,
        signal,
        finished(slice, value, cpuMs) {
          listener.result(slice, parsePrepared(value))
          progress.computed += 1
          progress.cpuMs += cpuMs
          feed.done(slice)
        },
        failed: (fed, error) => failed(crew, fed, error),
        returned: (rest) => feed.giveBack(rest),
      })
      // oxlint-enable no-await-in-loop
      if (!alive) sandbox = undefined
      listener.updated()
      listener.status(statusOf(crew))
    }
  } finally {
    signal.removeEventListener('abort', kill)
    await sandbox?.kill()
  }
}

export async function runHere(
  context: ClientContext,
  { definition, cores }: LocalRunOptions,
  listener: RunListener,
): Promise<Run> {
  const { input, autoClose } = definition
  const assignment = assignmentOf(context, definition)
  const feed = createSliceFeed(input, context.clock, !autoClose)
  const host = await openHost(context, cores)
  listener.readyState('init')
  const stop = new AbortController()
  const progress: Progress = { computed: 0, cpuMs: 0, attempts: new Map() }
  const job = { context, definition, assignment, listener }
  const crew: Crew = { ...job, feed, progress, signal: stop.signal }
  const size = cores === false ? 1 : cores

  async function end(): Promise<void> {
    try {
      // The first failure ends the others; every sandbox is gone before the job is.
      const workers = Array.from({ length: size }, () =>
        work(crew, host, size).catch((error: unknown) => {
          stop.abort(error)
          feed.end()
        }),
      )
      await Promise.all(workers)
    } finally {
      await host.close()
    }
    const reason = stop.signal.reason as { code?: string; message?: string } | undefined
    if (stop.signal.aborted) {
      const { code, message } = reason ?? {}
      listener.event('stop', { runStatus: 'cancelled', reason: message, code })
      throw reason
    }
    listener.event('stop', { runStatus: 'finished', sliceCount: feed.total() })
  }

  listener.readyState('deployed')
  const ended = end()
  ended.catch(() => undefined)
  return {
    deployed: Promise.resolve(),
    ended,
    want: () => undefined,
    async cancel(reason) {
      stop.abort(new DcpError('ECANCEL', reason === '' ? 'the job was cancelled' : reason))
      feed.end()
      await ended.catch(() => undefined)
    },
    addSlices: async (source) => feed.add(source),
    close: async () => feed.close(),
  }
}
