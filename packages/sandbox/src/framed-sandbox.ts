/**
 * A sandbox at the other end of a stream of frames, whatever carries them. It loads one work function
 * for its whole life, runs one batch at a time, and is gone for good after the first thing that it
 * should not have said.
 */
import { DcpError, type Clock, type Logger } from '@manyhands/protocol'

import { type BatchPart, type BatchRun, startBatch } from './batch-run.ts'
import { createCpuShare } from './cpu-share.ts'
import { createFrameDecoder, encodeFrames, orderTypes, type Report } from './frames.ts'
import {
  assignMs,
  noticesPerSecondMax,
  partLengthMax,
  startMs,
  type SandboxLimits,
} from './limits.ts'
import { parseRefusal } from './reports.ts'
import type { BatchEnd, Sandbox, SliceBatch, SliceError, WorkAssignment } from './sandbox.ts'

/** The process, or whatever else is killed when a sandbox has to end. */
export interface SandboxBody {
  /** Resolves with the reason when it is gone, by itself or killed. */
  readonly ended: Promise<SliceError>
  send(bytes: Uint8Array): void
  /** Processor time so far in milliseconds, as the host measures it; undefined where it cannot. */
  cpuMs(): Promise<number | undefined>
  kill(): Promise<void>
}

export interface FramedSandboxDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly limits: SandboxLimits
  /** Assignments that were warned about missing progress calls, in any sandbox of the host. */
  readonly warned: WeakSet<WorkAssignment>
}

export interface FramedSandbox extends Sandbox {
  /** Resolves when the sandbox can be assigned; rejects when it dies first. */
  readonly ready: Promise<void>
  readonly dead: boolean
  receive(chunk: Uint8Array): void
}

const encoder = new TextEncoder()

function bindingOf(work: WorkAssignment): string {
  const { modules, useStrict, worktime, workFunction } = work
  return JSON.stringify([workFunction, useStrict, worktime, [...(modules ?? [])]])
}

function assertOffered(work: WorkAssignment): void {
  if (work.worktime.name !== 'map-basic') {
    throw new DcpError('ENOWORKTIME', `this evaluator has no worktime ${work.worktime.name}`)
  }
  if (work.modules !== undefined && work.modules.size > 0) {
    throw new DcpError('ENOTSUPPORTED', 'this evaluator does not load modules: bundle them instead')
  }
}

function assignPayload(work: WorkAssignment): Uint8Array {
  const { description, link, name } = work.public
  const head = JSON.stringify({
    workFunction: work.workFunction,
    useStrict: work.useStrict,
    public: { name, description, link },
  }).slice(0, -1)
  return encoder.encode(`${head},"arguments":[${work.arguments.join(',')}]}`)
}

function runPayload({ slices, values }: SliceBatch): Uint8Array {
  return encoder.encode(`{"slices":[${slices.join(',')}],"values":[${values.join(',')}]}`)
}

/** Cuts a batch so that no part is longer than a message may be. */
export function splitBatch(batch: SliceBatch, firstId: number, lengthMax: number): BatchPart[] {
  const parts: BatchPart[] = []
  let from = 0
  let length = 0
  const cut = (to: number): void => {
    if (to === from) return
    parts.push({
      id: firstId + parts.length,
      slices: batch.slices.slice(from, to),
      values: batch.values.slice(from, to),
    })
    from = to
    length = 0
  }
  for (const [index, value] of batch.values.entries()) {
    if (length + value.length > lengthMax) cut(index)
    length += value.length
  }
  cut(batch.values.length)
  return parts
}

interface Deferred {
  readonly promise: Promise<void>
  resolve(): void
  reject(reason: unknown): void
}

function defer(): Deferred {
  const made: { resolve?: () => void; reject?: (reason: unknown) => void } = {}
  const promise = new Promise<void>((resolve, reject) => {
    Object.assign(made, { resolve, reject })
  })
  promise.catch(() => undefined)
  return {
    promise,
    resolve: () => made.resolve?.(),
    reject: (reason) => made.reject?.(reason),
  }
}

function refusal({ code, message, name, stack }: SliceError): DcpError {
  const known = code === 'EBADARG' ? code : 'EUNCAUGHT'
  const error = new DcpError(known, message, { details: { name, ...(code && { code }) } })
  if (stack !== undefined) error.stack = stack
  return error
}

export function createFramedSandbox(
  id: string,
  body: SandboxBody,
  deps: FramedSandboxDeps,
): FramedSandbox {
  const { clock, limits, logger } = deps
  const decoder = createFrameDecoder()
  const ready = defer()
  const cpu = createCpuShare(0)
  let assigning: Deferred | undefined
  let work: WorkAssignment | undefined
  let run: BatchRun | undefined
  let death: SliceError | undefined
  let lastBatch = 0
  let noticesSince = 0
  let notices = 0

  const cancelStart = clock.setTimer(startMs, () => die('did not start in time'), {
    background: true,
  })

  function deathError(): DcpError {
    const { code, message } = death ?? { code: 'ESANDBOX', message: 'the sandbox is gone' }
    return new DcpError(code === 'EMEMORY' ? code : 'ESANDBOX', message)
  }

  function end(error: SliceError, slice?: number): void {
    if (death !== undefined) return
    death = error
    cancelStart()
    ready.reject(deathError())
    assigning?.reject(deathError())
    run?.died(error, slice)
    void body.kill().catch((reason: unknown) => {
      logger.warn('a sandbox could not be killed', { sandbox: id, error: reason })
    })
  }

  function die(what: string): void {
    end({ name: 'Error', code: 'ESANDBOX', message: `the sandbox ${what}` })
  }

  function send(type: number, batch: number, payload: Uint8Array): void {
    for (const frame of encodeFrames(type, batch, payload)) body.send(frame)
  }

  function countNotice(): void {
    const now = clock.monotonic()
    if (now - noticesSince >= 1000) {
      noticesSince = now
      notices = 0
    }
    notices += 1
    if (notices > noticesPerSecondMax) throw new Error('sent more notices than noticesPerSecondMax')
  }

  function dispatch(report: Report): void {
    if (report.name !== 'flush' && report.name !== 'done') countNotice()
    if (report.name === 'ready') {
      cancelStart()
      ready.resolve()
    } else if (report.name === 'assigned') {
      assigning?.resolve()
    } else if (report.name === 'refused') {
      assigning?.reject(refusal(parseRefusal(report.payload)))
    } else {
      run?.receive(report)
    }
  }

  async function measure(): Promise<number | undefined> {
    try {
      return await body.cpuMs()
    } catch (error) {
      logger.debug('processor time could not be read', { sandbox: id, error })
      return undefined
    }
  }

  void body.ended.then((reason) => end(reason))

  return {
    id,
    ready: ready.promise,
    get dead() {
      return death !== undefined
    },
    receive(chunk) {
      if (death !== undefined) return
      try {
        for (const report of decoder.push(chunk)) dispatch(report)
      } catch (error) {
        const what = error instanceof Error ? error.message : String(error)
        logger.warn('a sandbox broke the protocol', { sandbox: id, what })
        die(`broke the protocol: ${what}`)
      }
    },
    async assign(next) {
      if (death !== undefined) throw deathError()
      assertOffered(next)
      if (work !== undefined && bindingOf(work) !== bindingOf(next)) {
        throw new DcpError('ENOTSUPPORTED', 'a sandbox never changes its work function')
      }
      if (assigning !== undefined || run !== undefined) {
        throw new DcpError('EBUSY', 'the sandbox is busy')
      }
      await ready.promise
      const loaded = (assigning = defer())
      const cancel = clock.setTimer(assignMs, () => die('took too long to load the work function'))
      try {
        send(orderTypes.assign, 0, assignPayload(next))
        await loaded.promise
        work = next
        // What starting and loading cost is not the slices' doing.
        cpu.measured((await measure()) ?? 0)
        cpu.split([1], 0)
      } finally {
        cancel()
        assigning = undefined
      }
    },
    async run(batch, observer) {
      if (batch.slices.length !== batch.values.length) {
        throw new DcpError('EBADARG', 'slices and values differ in length')
      }
      if (death !== undefined) return { kind: 'died', slice: undefined, error: death }
      const assigned = work
      if (assigned === undefined || run !== undefined) {
        throw new DcpError('EBUSY', 'a sandbox runs one batch at a time, after it was assigned')
      }
      if (batch.slices.length === 0) return { kind: 'done' }
      const parts = splitBatch(batch, lastBatch + 1, partLengthMax)
      lastBatch += parts.length
      const mine = startBatch({
        parts,
        observer,
        limits,
        clock,
        cpu,
        measure,
        sendPart: (part) => send(orderTypes.run, part.id, runPayload(part)),
        onVerdict: ({ error, slice }) => end(error, slice),
        firstQuiet: () => {
          if (deps.warned.has(assigned)) return false
          deps.warned.add(assigned)
          return true
        },
      })
      run = mine
      const ended: BatchEnd = await mine.ended.finally(() => {
        run = undefined
      })
      if (ended.kind === 'rejected') die('rejected its work')
      return ended
    },
    stop() {
      if (run === undefined || death !== undefined) return
      run.stop()
      send(orderTypes.stop, 0, new Uint8Array(0))
    },
    async kill() {
      die('was killed')
      await body.kill()
      await body.ended
    },
  }
}
