/**
 * A sandbox at the other end of a stream of frames, whatever carries them. It loads one work function
 * for its whole life, runs one batch at a time, and is gone for good after the first thing that it
 * should not have said.
 */
import { DcpError, type Clock, type Logger } from '@manyhands/protocol'

import { type Assigning, refusal, startAssigning } from './assigning.ts'
import { type BatchRun, startBatch } from './batch-run.ts'
import { createCpuShare } from '../watch/cpu-share.ts'
import { defer } from './deferred.ts'
import { createFrameDecoder, encodeFrames, orderTypes, type Report } from './frames.ts'
import { createGuestAnswers } from './guest-answers.ts'
import { createGuestServices } from './guest-services.ts'
import { watchIdle } from '../watch/idle-watch.ts'
import { partLengthMax, startMs, type SandboxLimits } from '../limits.ts'
import { createNoticeCount } from './notice-count.ts'
import { type DecodeText, parseReady, parseRefusal, type SandboxFeatures } from './reports.ts'
import type { BatchEnd, Sandbox, SliceError, WorkAssignment } from '../sandbox.ts'
import { assignPayload, bindingOf, kitFor, runPayload, splitBatch } from './work-payload.ts'
import { kitPayload, type WorktimeKit } from '../worktime-kit.ts'

/** The process, or whatever else is killed when a sandbox has to end. */
export interface SandboxBody {
  /** Resolves with the reason when it is gone, by itself or killed. */
  readonly ended: Promise<SliceError>
  send(bytes: Uint8Array): void
  /** Processor time so far in milliseconds, as the host measures it; undefined where it cannot. */
  cpuMs(): Promise<number | undefined>
  /** The same on a graphics processor; absent where none was granted. */
  gpuMs?(): number | undefined
  kill(): Promise<void>
}

export interface FramedSandboxDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly limits: SandboxLimits
  /** Assignments that were warned about missing progress calls, in any sandbox of the host. */
  readonly warned: WeakSet<WorkAssignment>
  /** Worktimes besides that of JavaScript. */
  readonly kits?: readonly WorktimeKit[]
  /** How the texts of results are read, where the host has a better way than most. */
  readonly decode?: DecodeText
}

export interface FramedSandbox extends Sandbox {
  /** Resolves when the sandbox can be assigned; rejects when it dies first. */
  readonly ready: Promise<SandboxFeatures>
  readonly dead: boolean
  receive(chunk: Uint8Array): void
}

export function createFramedSandbox(
  id: string,
  body: SandboxBody,
  deps: FramedSandboxDeps,
): FramedSandbox {
  const { clock, kits = [], limits, logger } = deps
  const decoder = createFrameDecoder()
  const ready = defer<SandboxFeatures>()
  const cpu = createCpuShare(0)
  const gpuShare = createCpuShare(0)
  const gpu = body.gpuMs && { share: gpuShare, measure: body.gpuMs.bind(body) }
  const services = createGuestServices(clock)
  let assigning: Assigning | undefined
  let work: WorkAssignment | undefined
  let run: BatchRun | undefined
  let equipped: WorktimeKit | undefined
  let death: SliceError | undefined
  let lastBatch = 0
  let changes = 0
  const countNotice = createNoticeCount(clock)

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
    endIdleWatch()
    services.close()
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

  /** What the slice in progress asked for, in so many bytes. */
  function answer(type: number, payload: Uint8Array, asked: Uint8Array): void {
    send(type, 0, payload)
    run?.carried(payload.byteLength, asked.byteLength)
  }

  const answers = createGuestAnswers({
    services,
    // Between its slices nothing is carried out for a work function.
    work: () => assigning?.next ?? (run && work),
    assigning: () => assigning,
    isDead: () => death !== undefined,
    answer,
  })

  /** A service is asked for at any time; a request that makes no sense ends the sandbox. */
  function serve(serving: Promise<void>): void {
    serving.catch((error: unknown) => brokeProtocol(error))
  }

  function brokeProtocol(error: unknown): void {
    const what = error instanceof Error ? error.message : String(error)
    logger.warn('a sandbox broke the protocol', { sandbox: id, what })
    die(`broke the protocol: ${what}`)
  }

  function dispatch(report: Report): void {
    if (report.name !== 'flush' && report.name !== 'done') countNotice()
    switch (report.name) {
      case 'ready':
        cancelStart()
        ready.resolve(parseReady(report.payload))
        break
      case 'assigned':
        assigning?.resolve()
        break
      case 'refused':
        assigning?.reject(refusal(parseRefusal(report.payload)))
        break
      case 'dependency':
        serve(answers.dependency(report.payload))
        break
      case 'fetch':
        serve(answers.fetch(report.payload))
        break
      case 'heartbeat':
      case 'flush':
      case 'progress':
      case 'console':
      case 'emit':
      case 'rejected':
      case 'done':
        run?.receive(report)
        break
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

  const endIdleWatch = watchIdle({
    clock,
    allowanceMs: limits.idleMs,
    rest: () => (work === undefined || (assigning ?? run) !== undefined ? undefined : changes),
    async measure() {
      const onCpu = await measure()
      return onCpu === undefined ? undefined : onCpu + (body.gpuMs?.() ?? 0)
    },
    onUnrest: () => die('went on computing after its slices had ended'),
  })

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
        brokeProtocol(error)
      }
    },
    async assign(next) {
      if (death !== undefined) throw deathError()
      const kit = kitFor(next, kits)
      if (work !== undefined && bindingOf(work) !== bindingOf(next)) {
        throw new DcpError('ENOTSUPPORTED', 'a sandbox never changes its work function')
      }
      if (assigning !== undefined || run !== undefined) {
        throw new DcpError('EBUSY', 'the sandbox is busy')
      }
      await ready.promise
      if (death !== undefined) throw deathError()
      changes += 1
      const onLate = (): void => die('took too long to load the work function')
      const loaded = (assigning = startAssigning(next, {
        clock,
        onLate,
        interpreted: kit !== undefined,
      }))
      loaded.resume()
      try {
        if (kit !== undefined && kit !== equipped) {
          send(orderTypes.worktime, 0, await kitPayload(kit))
          equipped = kit
        }
        send(orderTypes.assign, 0, assignPayload(next))
        await loaded.promise
        work = next
        // What starting and loading cost is not the slices' doing.
        cpu.measured((await measure()) ?? 0)
        cpu.split([1], 0)
      } finally {
        loaded.pause()
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
      changes += 1
      const parts = splitBatch(batch, lastBatch + 1, partLengthMax)
      lastBatch += parts.length
      const mine = startBatch({
        parts,
        observer,
        limits,
        clock,
        cpu,
        measure,
        ...(gpu && { gpu }),
        decode: deps.decode,
        sendPart(part) {
          const payload = runPayload(part)
          send(orderTypes.run, part.id, payload)
          return payload.byteLength
        },
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
